// Samples as SenML records: base name and base time are shared, so that a record costs little more than its value.
import { AppError } from './app-error.ts'
import { type Sample, splitSeriesName } from './sample.ts'

/** A record as it travels; `q` and `qr` are Musubi's labels for quality and its reason, which other readers ignore. */
export interface SenmlRecord {
  bn?: string
  bt?: number
  n?: string
  t?: number
  u?: string
  v?: number
  vs?: string
  vb?: boolean
  q?: 'uncertain' | 'bad'
  qr?: string
}

/** The records of a pack. Throws `senml.invalid` for an empty list or a number that is not finite. */
export function recordsOf(samples: readonly Sample[]): readonly SenmlRecord[] {
  const first = samples[0]
  if (first === undefined) throw new AppError('senml.invalid', 'SenML: a pack has at least one record')
  let baseName = ''
  return samples.map((sample, index) => {
    const record: SenmlRecord = {}
    const { channel } = splitSeriesName(sample.name)
    const prefix = sample.name.slice(0, sample.name.length - channel.length)
    if (prefix !== baseName) record.bn = prefix
    baseName = prefix
    if (index === 0) record.bt = first.timeMs / 1000
    if (channel !== '') record.n = channel
    if (sample.timeMs !== first.timeMs) record.t = (sample.timeMs - first.timeMs) / 1000
    if (sample.unit !== undefined) record.u = sample.unit
    setValue(record, sample)
    return record
  })
}

function setValue(record: SenmlRecord, sample: Sample): void {
  if (typeof sample.value === 'number') record.v = finite(sample)
  else if (typeof sample.value === 'boolean') record.vb = sample.value
  else record.vs = sample.value ?? sample.reason ?? ''
  if (sample.quality === 'good') return
  record.q = sample.quality
  if (sample.reason !== undefined) record.qr = sample.reason
}

function finite(sample: Sample): number {
  if (typeof sample.value === 'number' && Number.isFinite(sample.value)) return sample.value
  throw new AppError('senml.invalid', `SenML: ${sample.name} has a value that is not a finite number`)
}
