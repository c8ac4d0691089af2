import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, it } from 'vitest'

const packageOf = (url: string) => /\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1]

it("the gateway agent's process loads no schemas and no YAML, whatever its drivers", () => {
  const printed = execFileSync(process.execPath, [join(import.meta.dirname, 'agent-modules.ts')], { encoding: 'utf8' })
  const packages = new Set((JSON.parse(printed) as string[]).map(packageOf))
  expect([...packages]).toEqual(expect.arrayContaining(['mqtt', 'modbus-serial', 'net-snmp', 'onnxruntime-node']))
  expect(packages).not.toContain('typebox')
  expect(packages).not.toContain('yaml')
})
