// Every gateway.yaml in docs/lorawan.md passes the check that a gateway makes of its own.
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parseConfig } from '../../edge/config.ts'
import { driverRegistry } from '../../firmware-bridge/drivers/registry.ts'
import { loadProfile } from '../../firmware-bridge/profile-loader.ts'

const text = await readFile(resolve(import.meta.dirname, '../../docs/lorawan.md'), 'utf8')
const examples = [...text.matchAll(/## ([^\n]+)\n(?:(?!\n## )[\s\S])*?```yaml\n([\s\S]*?)```/g)].map(
  ([, title = '', yaml = '']) => [title, yaml] as const,
)
const parse = (yaml: string) => parseConfig(yaml, '/etc/musubi/gateway.yaml', { drivers: driverRegistry, loadProfile })

describe('The examples of docs/lorawan.md', () => {
  it('are all found', () => {
    expect(examples).toHaveLength(text.match(/```yaml/g)?.length ?? 0)
    expect(examples.length).toBeGreaterThanOrEqual(4)
  })

  it.each(examples)('for %s are right', async (_, yaml) => {
    expect((await parse(yaml)).devices.length).toBeGreaterThan(0)
  })

  it('would be refused with a profile that does not fit the address, a reserved topic, or a password that is no hash', async () => {
    const [, chirpstack = ''] = examples[0] ?? []
    const misfit = chirpstack.replace('lorawan-water-level', 'mqtt-climate')
    await expect(parse(misfit)).rejects.toThrow('/devices/0/address a mqtt profile needs an address such as')
    const lan = examples.at(-1)?.[1] ?? ''
    await expect(parse(lan.replace(/scrypt[^']*/, 'clover'))).rejects.toThrow('/connections/0/users/0/password')
    const reserved = lan.replace('name: barn,', 'name: barn, topics: ["musubi/v1/#"],')
    await expect(parse(reserved)).rejects.toThrow('/connections/0/users/0/topics/0')
    await expect(parse(lan.replace('mqtt-climate', 'lorawan-cayenne-lpp'))).rejects.toThrow('devEui')
  })
})
