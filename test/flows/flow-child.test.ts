import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { type FlowChild, startFlowChild } from '../../edge/flows/flow-child.ts'
import { temporaryFolder } from '../edge/outbox-fixture.ts'
import { tabOf } from './flowing-gateway.ts'

it('a process in an endless loop that a killed agent left behind is ended by the next one', async () => {
  const place = temporaryFolder()
  const folder = join(place.path, 'node-red')
  const file = join(place.path, 'flows.json')
  mkdirSync(folder)
  const spin = 'const spin = () => { Promise.resolve().then(spin) }; node.warn("begins"); spin()'
  const nodes = tabOf(
    { id: 'once', type: 'inject', props: [], once: true, onceDelay: 0.1, repeat: '', wires: [['endless']] },
    { id: 'endless', type: 'function', func: spin, outputs: 0 },
  )
  writeFileSync(file, JSON.stringify(nodes))
  const start = () => startFlowChild({ folder, file, maxMemoryMb: 200 })
  const said = (child: FlowChild, kind: string) =>
    new Promise<void>((resolve) => {
      child.listen({
        message: (message) => (message as { kind: string }).kind === kind && resolve(),
        end: () => undefined,
      })
    })
  const orphan = start()
  const spins = said(orphan, 'log')
  const places = { series: [], channels: [], setpoints: [], models: [] }
  orphan.send({ kind: 'init', file, folder, editor: false, safeMode: false, places })
  await spins
  const next = start()
  await orphan.gone
  expect(next.rssBytes()).toBeGreaterThan(0)
  await next.kill()
  place.remove()
})
