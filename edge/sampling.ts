// From a poll to samples: names, times, calibration and the checks that keep an impossible value from looking good.
import type { ErrorCode } from '../broker/contract/app-error.ts'
import type { QualityReason, Sample, SampleValue } from '../broker/contract/sample.ts'
import type { Measurement } from '../firmware-bridge/driver.ts'
import { applyCalibration, type Calibration, type Calibrations } from './calibration.ts'
import type { Counters } from './counters.ts'

/** RFC 8428 §4.5.3: an earlier time would be read as relative to now. A clock this wrong was never set. */
const earliestTimeMs = 2 ** 28 * 1000
const latestTimeMs = 8.64e15
const maxTextLength = 1024
const namePattern = /^[A-Za-z0-9][A-Za-z0-9\-:./_]*$/

/** A successful poll's measurements as samples; `timeMs` (Unix ms) where the device gave no time of its own. */
export function samplesOf(device: string, timeMs: number, measurements: readonly Measurement[]): readonly Sample[] {
  return measurements.map(({ channel, value, unit, quality, reason, timeMs: eventMs }) => ({
    name: `${device}:${channel}`,
    timeMs: eventMs ?? timeMs,
    value,
    unit,
    quality,
    reason,
  }))
}

const reasons: Partial<Record<ErrorCode, QualityReason>> = {
  'driver.timeout': 'timeout',
  'driver.crc': 'crc',
  'driver.frame': 'frame',
  'driver.connection': 'connection',
}

/** A failed poll as one bad sample for each channel. */
export function badSamples(
  poll: { readonly device: string; readonly timeMs: number; readonly code: ErrorCode },
  channels: readonly { readonly id: string; readonly unit: string | undefined }[],
): readonly Sample[] {
  const reason = reasons[poll.code] ?? 'exception'
  return channels.map(({ id, unit }) => ({
    name: `${poll.device}:${id}`,
    timeMs: poll.timeMs,
    value: null,
    unit,
    quality: 'bad',
    reason,
  }))
}

/** Applies the calibration of a device, by channel. */
export function calibrated(samples: readonly Sample[], calibrations: Calibrations): readonly Sample[] {
  return samples.map((sample) => {
    const calibration = calibrations[sample.name.slice(sample.name.lastIndexOf(':') + 1)]
    return calibration === undefined ? sample : calibratedSample(sample, calibration)
  })
}

function calibratedSample(sample: Sample, calibration: Calibration): Sample {
  if (typeof sample.value !== 'number') return sample
  const { value, isOutside } = applyCalibration(calibration, sample.value)
  if (!isOutside || sample.quality !== 'good') return { ...sample, value }
  return { ...sample, value, quality: 'uncertain', reason: 'range' }
}

/** What can travel. Impossible values become bad samples; a sample without a usable name or time is dropped and counted. */
export function validated(samples: readonly Sample[], counters: Counters): readonly Sample[] {
  return samples.flatMap((sample) => {
    if (!namePattern.test(sample.name) || sample.name.length > 128) return dropped(counters, 'name')
    if (!(sample.timeMs >= earliestTimeMs && sample.timeMs <= latestTimeMs)) return dropped(counters, 'clock')
    if (isPossible(sample.value)) return [sample]
    counters.add('samples_made_bad', typeof sample.value === 'string' ? 'text-length' : 'not-finite')
    return [{ ...sample, value: null, quality: 'bad', reason: 'sensor-fault' } satisfies Sample]
  })
}

function isPossible(value: SampleValue): boolean {
  if (typeof value === 'number') return Number.isFinite(value)
  return typeof value !== 'string' || value.length <= maxTextLength
}

function dropped(counters: Counters, reason: string): readonly Sample[] {
  counters.add('samples_dropped', reason)
  return []
}
