// Where the demo's faults are made: each by a key, and in turn on a schedule for those who only watch.
import type { Clock, Timer } from '../../broker/contract/ports.ts'
import type { FieldFault } from '../../firmware-bridge/simulators/field-fault.ts'
import type { Link } from '../../firmware-bridge/simulators/link.ts'
import { accessPoints, cabinets, paddies } from '../../firmware-bridge/simulators/kimitsu.ts'
import { demoGateways, type DemoGateway } from './gateway-files.ts'

export interface FaultTargets {
  readonly field: { inject(fault: FieldFault): void; clear(fault: FieldFault): void }
  readonly links: Readonly<Record<DemoGateway, Pick<Link, 'cut' | 'restore'>>>
  readonly killGateway: (gateway: DemoGateway) => void
  /** One line for the person who watches. */
  readonly say: (line: string) => void
  readonly clock: Clock
}

export type FaultKey = 'l' | 'p' | 'a' | 'u' | 'k' | 'c'

export interface FaultDesk {
  /** Makes the fault of this key, at the next place in turn; or ends it where it lasts. */
  press(key: FaultKey): void
  startSchedule(): void
  /** Ends every fault that lasts, and the schedule. */
  close(): void
}

interface Fault {
  readonly title: string
  /** What will tell it at the hub, where that depends. */
  readonly told?: string
  begin(): void
  /** Undefined: over as soon as it has happened. */
  readonly end?: () => void
}

type FaultMaker = (turn: number) => Fault

export const faultTitles: Readonly<Record<FaultKey, string>> = {
  l: 'a lamp goes out, its cable breaks, it flickers or burns by day',
  p: 'a paddy leaks',
  a: 'an access point falls silent',
  u: 'the uplink of a gateway is cut',
  k: 'a gateway is killed and starts again',
  c: 'a level probe sends broken frames',
}

/** How long each lasts on the schedule: longer than the on-delay of the alarm that it raises. */
const schedule: readonly { readonly key: FaultKey; readonly lastsMs: number }[] = [
  { key: 'l', lastsMs: 180_000 },
  { key: 'a', lastsMs: 60_000 },
  { key: 'p', lastsMs: 180_000 },
  { key: 'u', lastsMs: 45_000 },
  { key: 'k', lastsMs: 20_000 },
  { key: 'c', lastsMs: 60_000 },
]
const firstFaultAfterMs = 30_000
const quietMs = 30_000

export function createFaultDesk(targets: FaultTargets): FaultDesk {
  const makers = faultMakers(targets)
  const lasting = new Map<FaultKey, Fault>()
  const turns = new Map<FaultKey, number>()
  let timer: Timer | undefined
  const begin = (key: FaultKey): void => {
    const turn = turns.get(key) ?? 0
    turns.set(key, turn + 1)
    const fault = makers[key](turn)
    fault.begin()
    if (fault.end !== undefined) lasting.set(key, fault)
    targets.say(`fault: ${fault.title}${fault.end === undefined ? '' : ` (${key} repairs it)`}`)
    if (fault.told !== undefined) targets.say(`  at the hub: ${fault.told}`)
  }
  const end = (key: FaultKey): void => {
    const fault = lasting.get(key)
    if (fault === undefined) return
    lasting.delete(key)
    fault.end?.()
    targets.say(`repaired: ${fault.title}`)
  }
  const runSchedule = (step: number, afterMs: number): void => {
    timer = targets.clock.setTimer(() => {
      const { key, lastsMs } = schedule[step % schedule.length] ?? { key: 'l', lastsMs: quietMs }
      if (!lasting.has(key)) begin(key)
      timer = targets.clock.setTimer(() => {
        end(key)
        runSchedule(step + 1, quietMs)
      }, lastsMs)
    }, afterMs)
  }
  return {
    press(key) {
      if (lasting.has(key)) end(key)
      else begin(key)
    },
    startSchedule: () => runSchedule(0, firstFaultAfterMs),
    close() {
      timer?.cancel()
      for (const key of lasting.keys()) end(key)
    },
  }
}

function faultMakers({ field, links, killGateway }: FaultTargets): Readonly<Record<FaultKey, FaultMaker>> {
  const inField = (title: string, fault: FieldFault): Fault => ({
    title,
    begin: () => field.inject(fault),
    end: () => field.clear(fault),
  })
  return {
    l(turn) {
      const cabinet = pick(cabinets, turn)
      // Steps of 5 visit all eight lamps of a cabinet, none twice in a row.
      const lamp = ((2 + 5 * Math.floor(turn / cabinets.length)) % cabinet.ratedW.length) + 1
      const { kind, text, told } = pick(lampFaults, turn)
      return { ...inField(`${text} ${lamp} of ${cabinet.name.en}`, { kind, cabinet: cabinet.id, lamp }), told }
    },
    p(turn) {
      const { id, name } = pick(paddies, turn + 1)
      return inField(`${name.en} leaks`, { kind: 'pump-leak', paddy: id })
    },
    a(turn) {
      const { id, name } = pick(accessPoints, 4 + 7 * turn)
      return inField(`the access point at ${name.en} is down`, { kind: 'access-point-down', accessPoint: id })
    },
    u(turn) {
      const gateway = pick(demoGateways, turn + 2)
      return {
        title: `the uplink of ${gateway} is cut`,
        begin: () => links[gateway].cut(),
        end: () => links[gateway].restore(),
      }
    },
    k(turn) {
      const gateway = pick(demoGateways, turn + 1)
      return { title: `${gateway} was killed (SIGKILL) and starts again`, begin: () => killGateway(gateway) }
    },
    c(turn) {
      const { levelUnit, name } = pick(paddies, turn + 2)
      return inField(`the level probe of ${name.en} sends broken frames`, {
        kind: 'probe-wrong-crc',
        unitId: levelUnit,
      })
    },
  }
}

const lampFaults = [
  {
    kind: 'lamp-out',
    text: 'no light from lamp',
    told: 'a rule raises an alarm in some 20 s; the model names it by night only',
  },
  {
    kind: 'cable-break',
    text: 'the cable is cut before lamp',
    told: 'a rule raises an alarm for each lamp in some 20 s; the model names it as one cable fault',
  },
  {
    kind: 'flicker',
    text: 'a flickering lamp, number',
    told: 'a high anomaly score raises an alarm within two minutes; the model names it by night only',
  },
  {
    kind: 'day-burning',
    text: 'a welded relay (shows by day) at lamp',
    told: 'a rule raises an alarm in half a minute, the model names it soon after; by night there is nothing to see',
  },
] as const

function pick<T>(list: readonly [T, ...T[]] | readonly T[], turn: number): T {
  const found = list[turn % list.length]
  if (found === undefined) throw new RangeError('a list of places is empty')
  return found
}
