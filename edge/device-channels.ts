// Which series each device has: what its profile declares, and what it was seen to give (scores, units known only when read).
import type { LocalizedText, SeriesDescription } from '../broker/contract/documents.ts'
import type { Sample } from '../broker/contract/sample.ts'

export interface Channel {
  readonly id: string
  /** SenML primary unit, once known. */
  readonly unit: string | undefined
  readonly label: LocalizedText
  /** Declared by the profile; the others were learnt and are not reported bad when a poll fails. */
  readonly declared: boolean
}

/** The most series that one device may have; the status document's own bound. */
const maxChannels = 1000

export class DeviceChannels {
  readonly #devices = new Map<string, Map<string, Channel>>()
  readonly #changed: () => void

  /** `changed` is called when a series or its unit becomes known. */
  constructor(changed: () => void) {
    this.#changed = changed
  }

  declare(device: string, channels: readonly Omit<Channel, 'declared'>[]): void {
    this.#devices.set(device, new Map(channels.map((channel) => [channel.id, { ...channel, declared: true }])))
  }

  /** The channels that a read of the device fills. */
  of(device: string): readonly Channel[] {
    return [...(this.#devices.get(device)?.values() ?? [])].filter((channel) => channel.declared)
  }

  learn(device: string, samples: readonly Sample[]): void {
    const channels = this.#devices.get(device)
    if (channels === undefined) return
    for (const { name, unit } of samples) {
      const id = name.slice(name.lastIndexOf(':') + 1)
      const known = channels.get(id)
      if (known !== undefined && (unit === undefined || known.unit === unit)) continue
      if (known === undefined && channels.size >= maxChannels) continue
      channels.set(id, {
        id,
        unit,
        label: known?.label ?? derivedLabel(id, channels),
        declared: known?.declared ?? false,
      })
      this.#changed()
    }
  }

  series(device: string, intervalS: number): SeriesDescription[] {
    return [...(this.#devices.get(device)?.values() ?? [])].map(({ id, unit, label }) => ({
      name: `${device}:${id}`,
      ...(unit === undefined ? {} : { unit }),
      intervalS,
      label,
    }))
  }
}

/** What models say of a channel, by the end of the name of what they give. */
const derivedEnds: Readonly<Record<string, LocalizedText>> = {
  score: { ja: '異常度', en: 'anomaly score' },
  fault: { ja: '故障', en: 'fault' },
  'fault-probability': { ja: '故障の確率', en: 'fault probability' },
}

/** `power.score` is called after `power`. */
function derivedLabel(id: string, channels: ReadonlyMap<string, Channel>): LocalizedText {
  const dot = id.lastIndexOf('.')
  const base = dot < 0 ? undefined : channels.get(id.slice(0, dot))
  const end = derivedEnds[id.slice(dot + 1)]
  if (base === undefined || end === undefined) return { ja: id, en: id }
  return { ja: `${base.label.ja} ${end.ja}`, en: `${base.label.en} ${end.en}` }
}
