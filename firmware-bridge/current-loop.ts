// A 4–20 mA loop behind an analogue input: from the module's raw number to the measured quantity, with the loop's own faults.
import { measure, unusable, type ChannelScale } from './channel-measurement.ts'
import type { Measurement } from './driver.ts'

export interface CurrentLoop {
  /** What the module gives at 4 and at 20 mA, e.g. 4000 and 20000 for a module that counts microamperes. */
  readonly rawAt4mA: number
  readonly rawAt20mA: number
  /** What the sensor measures there, in the channel's unit before its scale and offset. */
  readonly at4mA: number
  readonly at20mA: number
}

/**
 * Limits of NAMUR NE 43, from second-hand descriptions of it: 3.8 to 20.5 mA is measurement, below 3.6 mA and above 21 mA
 * the loop says that it has failed (a broken wire gives 0 mA). Between them nothing is promised.
 */
const limits = { failedBelow: 3.6, measuredFrom: 3.8, measuredTo: 20.5, failedAbove: 21 } as const
/** A module resolves some microamperes; a limit itself still belongs to the better side. */
const toleranceMa = 1e-6

/** A failed loop is `bad`, `sensor-fault`; one between failure and measurement is `uncertain`, `range`. */
export function measureLoopCurrent(
  channel: ChannelScale & { readonly currentLoop: CurrentLoop },
  raw: number,
): Measurement {
  const { rawAt4mA, rawAt20mA, at4mA, at20mA } = channel.currentLoop
  const share = (raw - rawAt4mA) / (rawAt20mA - rawAt4mA)
  const milliamperes = 4 + share * 16
  const isAlive = milliamperes >= limits.failedBelow - toleranceMa && milliamperes <= limits.failedAbove + toleranceMa
  if (!isAlive) return unusable(channel, 'sensor-fault')
  const measurement = measure(channel, at4mA + share * (at20mA - at4mA))
  const isMeasured =
    milliamperes >= limits.measuredFrom - toleranceMa && milliamperes <= limits.measuredTo + toleranceMa
  if (isMeasured || measurement.quality !== 'good') return measurement
  return { ...measurement, quality: 'uncertain', reason: 'range' }
}
