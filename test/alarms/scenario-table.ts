// Scenarios over a whole hub, with the notices that each is expected to bring: a table.
import { sample } from '../cloud/running-cloud.ts'
import type { AlarmField } from './alarm-field.ts'

export const fine = { 'tank:level': 50 }
export const low = { 'tank:level': 5 }
export const tank = { tank: ['level'] }

/** Thirty devices with one channel each, by name and value. */
export const all = (channel: string, value: number, count = 30) =>
  Object.fromEntries(Array.from({ length: count }, (_, number) => [`d${String(number)}:${channel}`, value]))
export const thirty = (channel: string) =>
  Object.fromEntries(Array.from({ length: 30 }, (_, number) => [`d${String(number)}`, [channel]]))

/** One place where three sorts of trouble can come together. */
const mixed = {
  a: ['level'],
  b: ['level'],
  c: ['level'],
  first: ['heat'],
  second: ['heat'],
  third: ['heat'],
  pipe: ['pressure'],
}
const dry = { 'a:level': 5, 'b:level': 5, 'c:level': 5 }
const hot = { 'first:heat': 95, 'second:heat': 95 }
const calm = {
  'a:level': 50,
  'b:level': 50,
  'c:level': 50,
  'first:heat': 20,
  'second:heat': 20,
  'third:heat': 20,
  'pipe:pressure': 1,
}

interface Scenario {
  readonly name: string
  readonly devices: Readonly<Record<string, readonly string[]>>
  readonly startMs?: number
  readonly play: (field: AlarmField) => Promise<void>
  readonly told: readonly string[]
  readonly lasting?: readonly string[]
}

const day = Date.UTC(2026, 10, 22)

export const scenarios: readonly Scenario[] = [
  {
    name: 'a state that lasts is told once, and its end once',
    devices: tank,
    async play(it) {
      await it.send(fine)
      await it.pass(120, low)
      await it.pass(60, fine)
    },
    told: ['raised low tank:level', 'cleared low tank:level'],
  },
  {
    name: 'of two rules that see one fault of a series the one is told that says it better, and the other where it stands alone',
    devices: { a: ['lamp'], b: ['lamp'] },
    async play(it) {
      await it.send({ 'a:lamp': 60, 'b:lamp': 60 })
      await it.pass(60, { 'a:lamp': 1, 'b:lamp': 60 })
      await it.pass(60, { 'a:lamp': 1, 'b:lamp': 5 })
    },
    told: ['raised broken a:lamp', 'raised dark b:lamp'],
    lasting: ['broken a:lamp', 'dark a:lamp', 'dark b:lamp'],
  },
  {
    name: 'what was hidden behind another alarm is told when that one is over and it still lasts',
    devices: { a: ['lamp'] },
    async play(it) {
      await it.send({ 'a:lamp': 60 })
      await it.pass(60, { 'a:lamp': 1 })
      await it.pass(60, { 'a:lamp': 5 })
      await it.pass(60, { 'a:lamp': 60 })
    },
    told: ['raised broken a:lamp', 'cleared broken a:lamp', 'raised dark a:lamp', 'cleared dark a:lamp'],
  },
  {
    name: 'the score of a series that is known to be faulty is no news',
    devices: { a: ['lamp', 'lamp.score'], b: ['lamp', 'lamp.score'] },
    async play(it) {
      await it.send({ 'a:lamp': 60, 'a:lamp.score': 0, 'b:lamp': 60, 'b:lamp.score': 0 })
      await it.pass(60, { 'a:lamp': 5, 'a:lamp.score': 0.9, 'b:lamp': 60, 'b:lamp.score': 0 })
      await it.pass(60, { 'a:lamp': 5, 'a:lamp.score': 0.9, 'b:lamp': 60, 'b:lamp.score': 0.9 })
    },
    told: ['raised dark a:lamp', 'raised odd b:lamp.score'],
    lasting: ['dark a:lamp', 'odd a:lamp.score', 'odd b:lamp.score'],
  },
  {
    name: 'rules that would hide each other are both told',
    devices: { a: ['ring'] },
    async play(it) {
      await it.send({ 'a:ring': 50 })
      await it.pass(60, { 'a:ring': 5 })
    },
    told: ['raised ring-one a:ring', 'raised ring-two a:ring'],
    lasting: ['ring-one a:ring', 'ring-two a:ring'],
  },
  {
    name: 'a blip that is over before it settles is told to nobody',
    devices: tank,
    async play(it) {
      await it.send(low)
      await it.pass(5)
      await it.send(fine)
      await it.pass(60, fine)
    },
    told: [],
  },
  {
    name: 'who looks after an alarm before it is told needs no message of it, but of its end nobody must hear either',
    devices: tank,
    async play(it) {
      await it.send(low)
      const [alarm] = await it.alarms()
      await it.post(`/api/v1/alarms/${alarm?.id ?? ''}/ack`, { by: '田中' })
      await it.pass(60, low)
      await it.pass(60, fine)
    },
    told: [],
  },
  {
    name: 'a value that trembles about its limit is one alarm, by its hysteresis',
    devices: tank,
    async play(it) {
      for (let step = 0; step < 60; step += 1) await it.pass(10, { 'tank:level': step % 2 === 0 ? 9.5 : 10.5 })
    },
    told: ['raised low tank:level'],
    lasting: ['low tank:level'],
  },
  {
    name: 'a slow drift is told when it crosses the limit, not before',
    devices: tank,
    async play(it) {
      for (let level = 20; level > 5; level -= 0.25) await it.pass(10, { 'tank:level': level })
    },
    told: ['raised low tank:level'],
    lasting: ['low tank:level'],
  },
  {
    name: 'an alarm that comes and goes is told until it is seen to flap, then only when it has calmed down in its bad state',
    devices: tank,
    async play(it) {
      for (let round = 0; round < 10; round += 1) {
        await it.pass(60, low)
        await it.pass(60, fine)
      }
      await it.pass(31 * 60, low)
    },
    told: [
      'raised low tank:level',
      'cleared low tank:level',
      'raised low tank:level',
      'cleared low tank:level',
      'raised low tank:level',
      'cleared low tank:level',
      'raised low tank:level',
    ],
    lasting: ['low tank:level'],
  },
  {
    name: 'thirty alarms of one place are one storm, and its end is one message',
    devices: thirty('level'),
    async play(it) {
      await it.send(all('level', 50))
      await it.pass(60, all('level', 5))
      await it.pass(60, all('level', 50))
    },
    told: ['raised low d0:level +29', 'cleared low d0:level +29'],
  },
  {
    name: 'a storm that grows tells again only when it is five times as large',
    devices: thirty('level'),
    async play(it) {
      await it.send(all('level', 50))
      await it.pass(30, { ...all('level', 50), ...all('level', 5, 5) })
      await it.pass(30, { ...all('level', 50), ...all('level', 5, 12) })
      await it.pass(30, all('level', 5))
    },
    told: ['raised low d0:level +4', 'worsened low d24:level +24'],
    lasting: Array.from({ length: 30 }, (_, number) => `low d${String(number)}:level`).toSorted(),
  },
  {
    name: 'a worse alarm beside a storm is told for itself',
    devices: { ...thirty('level'), pipe: ['pressure'] },
    async play(it) {
      const calm = { 'pipe:pressure': 1 }
      await it.send({ ...all('level', 50), ...calm })
      await it.pass(30, { ...all('level', 5), ...calm })
      await it.pass(30, { ...all('level', 5), 'pipe:pressure': 12 })
    },
    told: ['raised low d0:level +29', 'raised burst pipe:pressure'],
    lasting: [
      'burst pipe:pressure',
      ...Array.from({ length: 30 }, (_, number) => `low d${String(number)}:level`),
    ].toSorted(),
  },
  {
    name: 'a worse alarm that joins a storm whose lead somebody looks after is told anew, one as bad as it is not',
    devices: mixed,
    async play(it) {
      await it.send(calm)
      await it.pass(70, { ...calm, ...hot })
      await it.pass(20, { ...calm, ...hot, ...dry })
      await it.actOnStorm('acknowledge', (alarm) => alarm.rule === 'hot')
      await it.pass(70, { ...calm, ...hot, ...dry, 'third:heat': 95 })
      await it.pass(30, { ...calm, ...hot, ...dry, 'third:heat': 95, 'pipe:pressure': 12 })
    },
    told: ['raised hot first:heat +4', 'worsened burst pipe:pressure +6'],
    lasting: [
      'burst pipe:pressure',
      'hot first:heat',
      'hot second:heat',
      'hot third:heat',
      'low a:level',
      'low b:level',
      'low c:level',
    ],
  },
  {
    name: 'what is over does not hide what is as bad: a storm is as bad as what lasts of it',
    devices: mixed,
    async play(it) {
      await it.send(calm)
      await it.pass(70, { ...calm, ...hot })
      await it.pass(20, { ...calm, ...hot, ...dry })
      await it.pass(70, { ...calm, ...dry })
      await it.pass(30, { ...calm, ...dry, 'pipe:pressure': 12 })
      await it.pass(30, { ...calm, ...dry })
      await it.pass(30, { ...calm, ...dry, 'pipe:pressure': 12 })
    },
    told: ['raised hot first:heat +4', 'worsened burst pipe:pressure +5', 'worsened burst pipe:pressure +6'],
    lasting: ['burst pipe:pressure', 'low a:level', 'low b:level', 'low c:level'],
  },
  {
    name: 'a storm that somebody takes on as a whole is told to the one it is given to once, and to nobody else any more',
    devices: thirty('level'),
    async play(it) {
      await it.send(all('level', 50))
      await it.pass(30, all('level', 5))
      await it.actOnStorm('acknowledge')
      await it.actOnStorm('assign')
      await it.pass(60, all('level', 5))
    },
    told: ['raised low d0:level +29', 'assigned low d0:level +29'],
    lasting: Array.from({ length: 30 }, (_, number) => `low d${String(number)}:level`).toSorted(),
  },
  {
    name: 'alarms that come one after the other are a storm from the fifth on',
    devices: thirty('level'),
    async play(it) {
      for (let bad = 1; bad <= 12; bad += 1) await it.pass(10, { ...all('level', 50), ...all('level', 5, bad) })
      await it.pass(30, all('level', 5, 12))
    },
    told: ['raised low d0:level', 'raised low d1:level', 'raised low d2:level', 'raised low d0:level +4'],
    lasting: Array.from({ length: 12 }, (_, number) => `low d${String(number)}:level`).toSorted(),
  },
  {
    name: 'a gateway that is lost hides what hangs on it and says how many; six hours of backfill raise nothing',
    devices: tank,
    async play(it) {
      await it.send(fine)
      await it.send(low)
      await it.offline()
      await it.pass(6 * 3600)
      const endMs = it.clock.now()
      await it.online()
      for (let minute = 360; minute > 0; minute -= 1) {
        const isBad = minute > 60 && minute < 300
        await it.sendSamples([sample('tank:level', isBad ? 5 : 50, endMs - minute * 60_000)])
      }
      await it.pass(60, fine)
    },
    told: ['raised lost gateway +1', 'cleared lost gateway'],
  },
  {
    name: 'a state that began while the gateway was away, and lasts, is told when it is back',
    devices: tank,
    async play(it) {
      await it.send(fine)
      await it.offline()
      await it.pass(3600)
      const endMs = it.clock.now()
      await it.online()
      for (let minute = 60; minute > 0; minute -= 1) {
        await it.sendSamples([sample('tank:level', 5, endMs - minute * 60_000)])
      }
      await it.pass(60, low)
    },
    told: ['raised lost gateway', 'cleared lost gateway', 'raised low tank:level'],
    lasting: ['low tank:level'],
  },
  {
    name: 'a device that is silent is one alarm, whatever its channels were',
    devices: { tank: ['level', 'heat'], other: ['level'] },
    async play(it) {
      await it.send({ 'tank:level': 5, 'tank:heat': 20, 'other:level': 50 })
      await it.pass(120, { 'other:level': 50 })
    },
    told: ['raised low tank:level', 'raised silent tank +1'],
    lasting: ['low tank:level', 'silent tank'],
  },
  {
    name: 'work at a place is not told; what lasts when it is over is',
    devices: { tank: ['level'], second: ['level'] },
    async play(it) {
      await it.send({ 'tank:level': 50, 'second:level': 50 })
      const to = it.clock.now() + 600_000
      const place = 'kimitsu/paddy-koito/place'
      await it.post('/api/v1/maintenance-windows', { scope: 'site', place, to, reason: '清掃' })
      await it.pass(300, { 'tank:level': 5, 'second:level': 5 })
      await it.pass(400, { 'tank:level': 50, 'second:level': 5 })
    },
    told: ['raised low second:level'],
    lasting: ['low second:level'],
  },
  {
    name: 'a shelved alarm is quiet until its time is over',
    devices: tank,
    async play(it) {
      await it.send(low)
      const [alarm] = await it.alarms()
      const until = it.clock.now() + 600_000
      await it.post(`/api/v1/alarms/${alarm?.id ?? ''}/shelve`, { until, reason: '部品待ち' })
      await it.pass(300, fine)
      await it.pass(200, low)
      if (it.told.length > 0) throw new Error('it was told while it was shelved')
      await it.pass(160, low)
    },
    told: ['raised low tank:level'],
    lasting: ['low tank:level'],
  },
  {
    name: 'a clock of the hub that jumps tells nothing',
    devices: tank,
    async play(it) {
      await it.send(fine)
      it.clock.jump(3_600_000)
      await it.pass(60, fine)
      it.clock.jump(-7_200_000)
      await it.pass(60, fine)
    },
    told: [],
  },
  {
    name: 'midnight in Japan, where no summer time is, changes nothing',
    devices: tank,
    startMs: day + 15 * 3_600_000 - 60_000,
    async play(it) {
      await it.send(fine)
      await it.pass(30, low)
      await it.pass(60, low)
      await it.pass(60, fine)
    },
    told: ['raised low tank:level', 'cleared low tank:level'],
  },
  {
    name: 'a leap second, which Unix time counts twice, is one second to an alarm',
    devices: tank,
    startMs: Date.UTC(2016, 11, 31, 23, 59, 50),
    async play(it) {
      const leapMs = Date.UTC(2017, 0, 1)
      await it.send(fine)
      for (let number = 0; number < 3; number += 1) {
        await it.sendSamples([sample('tank:level', 5, leapMs - 1000), sample('tank:level', 5, leapMs)])
        await it.sendSamples([sample('tank:level', 5, leapMs - 500)])
      }
      await it.pass(40, low)
    },
    told: ['raised low tank:level'],
    lasting: ['low tank:level'],
  },
]
