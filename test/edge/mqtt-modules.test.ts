import { execFileSync } from 'node:child_process'
import { resolve } from 'node:path'
import { expect, it } from 'vitest'

const script = (types: readonly string[]) => `
import { registerHooks } from 'node:module'
const modules = new Set()
registerHooks({ load(url, context, next) { modules.add(url); return next(url, context) } })
await import('./bin/commands/edge.ts')
const { driverRegistry } = await import('./firmware-bridge/drivers/registry.ts')
for (const type of ${JSON.stringify(types)}) await driverRegistry.load(type)
process.stdout.write(JSON.stringify([...modules].filter((url) => /aedes|protobuf|sparkplug|lorawan/.test(url))))`

function loadedBy(types: readonly string[]): readonly string[] {
  const args = ['--input-type=module', '--eval', script(types)]
  const cwd = resolve(import.meta.dirname, '../..')
  return JSON.parse(execFileSync(process.execPath, args, { cwd, encoding: 'utf8' })) as string[]
}

it('a gateway without MQTT devices loads nothing of them', () => {
  expect(loadedBy(['modbus-tcp', 'snmp', 'line', 'replay'])).toEqual([])
})

it('a gateway behind another broker loads no broker, and protobuf only for Sparkplug devices', () => {
  const loaded = loadedBy(['mqtt-client'])
  expect(loaded.filter((url) => /aedes|protobuf|sparkplug-payload/.test(url))).toEqual([])
  expect(loaded.some((url) => url.includes('/lorawan/'))).toBe(true)
})

it('a gateway with a listener loads aedes', () => {
  expect(loadedBy(['mqtt-listener']).some((url) => url.includes('/aedes/'))).toBe(true)
})
