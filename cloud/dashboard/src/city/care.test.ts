import { describe, expect, it } from 'vitest'
import { HubError, type HubApi } from '../api/hub-api.ts'
import type { CommandItem } from '../api/shapes.ts'
import { createCare } from './care.ts'
import { parsedLine } from './log-follow.ts'

const sent: CommandItem = {
  id: 'c-1',
  gateway: 'kimitsu/wifi-city',
  kind: 'doctor',
  arguments: {},
  by: '佐藤',
  askedAt: 0,
  state: 'sent',
  code: null,
  message: null,
  answeredAt: null,
  file: null,
}
const file = { name: 'doctor.json', type: 'application/json', bytes: 2, sha256: '00' }
const findings = [{ state: 'fail', check: 'clock', seen: { ja: '遅れ', en: 'late' } }]

/** Its answer to `command` changes with each question; time passes at once. */
function careOver(api: Partial<HubApi>) {
  const clock = {
    now: () => 0,
    monotonic: () => 0,
    setTimer(callback: () => void) {
      queueMicrotask(callback)
      return { cancel: () => undefined }
    },
  }
  const whole = { commands: () => Promise.resolve([sent]), ...api }
  return createCare(sent.gateway, { api: whole as HubApi, clock })
}

describe('asking a gateway', () => {
  it('waits for its answer and shows what its doctor found', async () => {
    const states = ['sent', 'sent', 'done'] as const
    let asked = 0
    const care = careOver({
      ask: (gateway, request) => Promise.resolve({ ...sent, gateway, ...request, arguments: {} }),
      command: () => Promise.resolve({ ...sent, state: states[asked++] ?? 'done', file }),
      commandFile: () => Promise.resolve({ findings }),
    })
    const asking = care.ask('doctor', '佐藤')
    expect(care.asked.value.get('doctor')).toEqual({ state: 'asking' })
    await asking
    expect(asked).toBe(3)
    expect(care.asked.value.get('doctor')).toMatchObject({ state: 'answered', report: { findings } })
    expect(care.records.value).toEqual([sent])
  })

  it('tells why nothing was sent', async () => {
    const refused = careOver({ ask: () => Promise.reject(new HubError('409', 409, 'gateway.offline')) })
    await refused.ask('identify', '')
    expect(refused.asked.value.get('identify')).toEqual({ state: 'unsent', code: 'gateway.offline' })
    const unreached = careOver({ ask: () => Promise.reject(new TypeError('no net')) })
    await unreached.ask('identify', '')
    expect(unreached.asked.value.get('identify')).toEqual({ state: 'unsent', code: undefined })
  })
})

it.each([
  [
    '{"level":40,"time":7,"program":"edge","code":"driver.timeout","msg":"no answer"}',
    { timeMs: 7, level: 40, text: 'no answer  code=driver.timeout' },
  ],
  ['cut off {"level":', { timeMs: undefined, level: 30, text: 'cut off {"level":' }],
])('a line of the log is told as a person reads it: %s', (line, told) => {
  expect(parsedLine(line)).toEqual(told)
})
