// From Sparkplug metrics to measurements of a profile's channels.
import type { Measurement } from '../driver.ts'
import { derivedChannel, measureValue } from '../mqtt/channel-values.ts'
import type { SparkplugProfile } from '../mqtt/profile-schemas.ts'
import type { SparkplugMetric } from './node-session.ts'

/** Sparkplug 3.0 §6.4: what the property `Quality` may say beside GOOD (192). */
const badQuality = 0
const staleQuality = 500

export function measureMetrics(
  metrics: readonly SparkplugMetric[],
  profile: SparkplugProfile,
): { readonly measurements: readonly Measurement[]; readonly unlisted: number } {
  let unlisted = 0
  const measurements = metrics.flatMap((metric) => {
    const listed = profile.channels.find(({ source }) => source.metric === metric.name)
    const passed = profile.sparkplug?.unlisted === 'pass' ? derivedChannel(metric.name) : undefined
    const channel =
      listed ?? (passed === undefined ? undefined : { id: passed, text: typeof metric.value === 'string' })
    if (channel === undefined) {
      unlisted += 1
      return []
    }
    const context = metric.timeMs === undefined ? {} : { timeMs: metric.timeMs }
    return [judged(measureValue(channel, metric.value, context), metric.quality)]
  })
  return { measurements, unlisted }
}

function judged(measured: Measurement, quality: number | undefined): Measurement {
  if (measured.quality === 'bad') return measured
  if (quality === badQuality) return { ...measured, value: null, quality: 'bad', reason: 'sensor-fault' }
  if (quality === staleQuality) return { ...measured, quality: 'uncertain', reason: 'stale' }
  return measured
}
