// The three flows that come with the project, each beside a real agent: samples from the simulated plant go in, its registers are looked at.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { type FlowingGateway, startFlowingGateway } from './flowing-gateway.ts'

type Node = Record<string, unknown>

/** The flow with other settings of its tab, on the series of the plant, with ten ticks a second instead of one. */
function readyFlow(name: string, settings: Readonly<Record<string, string | number>>): readonly Node[] {
  const text = readFileSync(join(import.meta.dirname, '../../edge/flows/ready', `${name}.json`), 'utf8')
  const nodes = JSON.parse(text.replaceAll(/(station|plaza|line):/g, 'plant:')) as Node[]
  return nodes.map((node) => {
    if (node['type'] === 'inject') return { ...node, repeat: '0.1' }
    if (node['type'] !== 'tab') return node
    const env = node['env'] as readonly { readonly name: string }[]
    return {
      ...node,
      env: env.map((one) => (one.name in settings ? { ...one, value: String(settings[one.name]) } : one)),
    }
  })
}

describe('The ready flow', { timeout: 120_000 }, () => {
  let gateway: FlowingGateway | undefined

  afterEach(async () => {
    await gateway?.stop()
    gateway = undefined
  })

  const event = (kind: string) => gateway?.metric(`flow_alarms_total{reason="${kind}"}`)

  it('pump-interlock runs the pump by the level, and stops it by hand, on a dry run, after its time and without readings', async () => {
    gateway = await startFlowingGateway({
      flows: `  channels: [{ id: pump-on, unit: /, min: 0, max: 1 }]
  setpoints: [{ id: pump, device: plant, channel: pump-relay, min: 0, max: 1, failSafe: 0, renewWithinS: 5 }]
`,
      nodes: readyFlow('pump-interlock', { dryAfterS: 10, maxRunS: 40, restS: 10, staleS: 15 }),
    })
    const { plant, hub } = gateway
    const pump = (isOn: boolean, why: string) => gateway!.until(why, () => plant.coils[0] === isOn)
    await gateway.until('the flow', async () => (await gateway!.metric('flow_setpoints_total{reason="written"}')) > 0)
    expect(plant.coils[0]).toBe(false)
    plant.inputs.pumpCurrent = 300
    plant.inputs.waterLevel = 1300
    await pump(true, 'on at the high level')
    plant.inputs.waterLevel = 800
    plant.stopButton = true
    await pump(false, 'off by hand')
    plant.inputs.waterLevel = 1300
    plant.stopButton = false
    await pump(true, 'on again')
    plant.inputs.waterLevel = 300
    await pump(false, 'off at the low level')
    plant.inputs.waterLevel = 1300
    plant.inputs.pumpCurrent = 20
    await pump(true, 'on with too little current')
    await pump(false, 'off on a dry run')
    await gateway.until('the alarm', async () => ((await event('raised')) ?? 0) === 1)
    plant.inputs.pumpCurrent = 300
    await pump(true, 'on after the rest')
    await gateway.until('the end of the alarm', async () => ((await event('cleared')) ?? 0) === 1)
    await pump(false, 'off after its longest run')
    await gateway.until('the second alarm', async () => ((await event('raised')) ?? 0) === 2)
    await pump(true, 'on after the rest')
    plant.isReadable = false
    await pump(false, 'off without readings')
    expect(hub.storedNames).toContain('flow:pump-on')
  })

  it('lamp-dimming follows the people, never below its least level, and shows full light where nobody knows', async () => {
    gateway = await startFlowingGateway({
      flows: `  channels: [{ id: light-level, unit: /, min: 0, max: 1 }]
  setpoints: [{ id: lamp, device: plant, channel: lamp-level, min: 0.3, max: 1, failSafe: 1, renewWithinS: 5 }]
`,
      nodes: readyFlow('lamp-dimming', { holdS: 5, downPerS: 0.1, staleS: 10 }),
    })
    const { plant, program } = gateway
    const lamp = (percent: number, why: string) => gateway!.until(why, () => plant.lampLevel === percent)
    await lamp(30, 'the least level with nobody there')
    plant.inputs.people = 5
    await lamp(100, 'full with many people')
    plant.inputs.people = 1
    await lamp(44, 'less with one')
    plant.inputs.people = 0
    await lamp(30, 'the least level again')
    plant.isReadable = false
    await lamp(100, 'full where nobody knows')
    plant.isReadable = true
    await lamp(30, 'the least level once more')
    expect(Math.min(...plant.writes.map(({ value }) => value))).toBe(30)
    expect(await program.end('SIGTERM')).toBe(0)
    expect(plant.lampLevel).toBe(100)
  })

  it('inspection-reject pulses for what is rejected or was not judged, and rejects while the line says nothing', async () => {
    gateway = await startFlowingGateway({
      flows: `  channels: [{ id: rejects, unit: count, min: 0 }]
  setpoints: [{ id: reject, device: plant, channel: reject-relay, min: 0, max: 1, failSafe: 1, renewWithinS: 5 }]
`,
      nodes: readyFlow('inspection-reject', { pulseMs: 300, staleS: 15 }),
      intervalS: 0.05,
    })
    const { plant, hub } = gateway
    const gate = (isReject: boolean, why: string) => gateway!.until(why, () => plant.coils[1] === isReject)
    const rejects = () => hub.stored.findLast((_, index) => hub.storedNames[index] === 'flow:rejects') ?? 0
    await gateway.until('the flow', async () => (await gateway!.metric('flow_setpoints_total{reason="written"}')) > 0)
    await gate(false, 'open when the line speaks')
    plant.inputs.parts = 1
    await gateway.until('the part', () =>
      hub.stored.some((value, index) => hub.storedNames[index] === 'plant:parts' && value === 1),
    )
    plant.inputs.pass = 0
    plant.inputs.parts = 2
    await gate(true, 'rejected')
    await gate(false, 'and open again')
    await gateway.until('the count', () => rejects() === 1)
    plant.inputs.pass = 1
    plant.inputs.parts = 4
    await gate(true, 'a part without a verdict')
    await gate(false, 'and open again')
    await gateway.until('the count', () => rejects() === 2)
    plant.isReadable = false
    await gate(true, 'what passes while nobody knows')
    plant.isReadable = true
    await gate(false, 'open when the line speaks again')
  })
})
