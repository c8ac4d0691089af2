// The lamps of a place as their meters show them hour by hour: what they burnt, drew and should have burnt.
import type { LocalizedText } from '../../../broker/contract/documents.ts'
import type { GroupMember, Hours, InputDeclaration, InsightInput } from '../insight.ts'
import { hoursOfNight, type HourOfNight } from './night.ts'

/** W. A lamp that burns draws tens of watts, one that does not less than its driver's standby. Own choice; a setting. */
const usualLitFromW = 5

export const lampPowers = (lookBackHours: number): InputDeclaration => ({
  from: 'site',
  many: true,
  channel: /^lamp-\d+-power$/,
  unit: 'W',
  lookBackHours,
  label: { ja: '灯の電力', en: 'the power of lamps' },
})

export interface Lamp {
  /** `lamp-3`, with its device before it where several devices of a place have lamps. */
  readonly part: string
  readonly hours: Hours
  readonly litFromW: number
}

export function lampsOf(
  members: readonly GroupMember[] | undefined,
  { litFromW = usualLitFromW }: InsightInput['settings'],
): readonly Lamp[] {
  const several = new Set(members?.map(({ device }) => device)).size > 1
  return (members ?? []).map(({ device, channel, hours }) => {
    const lamp = channel.slice(0, channel.lastIndexOf('-'))
    return { part: several ? `${device}.${lamp}` : lamp, hours, litFromW }
  })
}

export function lampName(part: string): LocalizedText {
  const [, device = '', number = part] = /^(?:(.*)\.)?lamp-(\d+)$/.exec(part) ?? []
  const before = device === '' ? '' : `${device} `
  return { ja: `${before}灯${number}`, en: `${before}lamp ${number}` }
}

/** Hours of one lamp over some time; an hour without a reading counts nowhere. */
export interface LampUse {
  readonly measuredHours: number
  /** Sunset to sunrise, of the measured hours. */
  readonly dueHours: number
  readonly burntHours: number
  readonly energyWh: number
  /** In hours that are surely day. */
  readonly dayBurntHours: number
  readonly wastedWh: number
  /** Hours that are surely night, and those of them that it burnt through. */
  readonly nightHours: number
  readonly litNightHours: number
}

/**
 * Energy is the sum of hourly mean powers. An hour in which it burnt only partly counts for its mean power over what the lamp draws
 * when it burns: the median of its whole hours, else its highest power. Own method; exact for a lamp that is not dimmed.
 */
export function useOf({ hours, litFromW }: Lamp, nights: readonly HourOfNight[]): LampUse {
  const typical = typicalPowerW(hours, litFromW)
  const use = {
    measuredHours: 0,
    dueHours: 0,
    burntHours: 0,
    energyWh: 0,
    dayBurntHours: 0,
    wastedWh: 0,
    nightHours: 0,
    litNightHours: 0,
  }
  for (const [index, { night, kind }] of nights.entries()) {
    const mean = hours.mean[index] ?? Number.NaN
    if (Number.isNaN(mean)) continue
    const share = litShare(hours, index, { litFromW, typical })
    use.measuredHours += 1
    use.dueHours += night
    use.burntHours += share
    use.energyWh += Math.max(0, mean)
    if (kind === 'day' && share > 0) {
      use.dayBurntHours += share
      use.wastedWh += mean
    }
    if (kind !== 'night') continue
    use.nightHours += 1
    use.litNightHours += share
  }
  return use
}

export function typicalPowerW({ min, mean }: Hours, litFromW: number): number {
  const whole = [...mean].filter((_, index) => (min[index] as number) >= litFromW).sort((a, b) => a - b)
  return whole[Math.floor(whole.length / 2)] ?? Number.NaN
}

function litShare(
  { min, mean, max }: Hours,
  index: number,
  { litFromW, typical }: { readonly litFromW: number; readonly typical: number },
): number {
  if ((min[index] as number) >= litFromW) return 1
  if ((max[index] as number) < litFromW) return 0
  const full = Number.isNaN(typical) ? (max[index] as number) : typical
  return Math.min(1, Math.max(0, (mean[index] as number) / full))
}

export function nightsOf(lamp: Lamp | undefined, place: InsightInput['place']): readonly HourOfNight[] {
  return lamp === undefined ? [] : hoursOfNight(lamp.hours.fromMs, lamp.hours.mean.length, place)
}

/** `灯2・灯5`; more than four are counted. */
export function namesOf(parts: readonly string[]): LocalizedText {
  const names = parts.slice(0, 4).map(lampName)
  const more = parts.length - names.length
  return {
    ja: names.map(({ ja }) => ja).join('・') + (more > 0 ? `ほか${more}灯` : ''),
    en: names.map(({ en }) => en).join(', ') + (more > 0 ? ` and ${more} more` : ''),
  }
}
