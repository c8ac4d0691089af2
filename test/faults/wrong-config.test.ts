import { spawnSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { freePorts } from '../programs/program.ts'

const musubi = resolve(import.meta.dirname, '../../bin/musubi.ts')

const wrong = `tenant: Kimitsu City
label: { ja: 水田 }
data: ./data
speed: 3
hub: { url: "http://hub.example" }
outbox: { maxBytes: 10 }
health: { port: 70000 }
sites:
  - { id: paddy-1, kind: farm, name: { ja: 水田, en: Paddy }, position: { lat: 135.3, lon: 139.9 } }
connections:
  - { id: bus, type: modbus-tcpp, host: 127.0.0.1 }
  - { id: bus-2, type: modbus-tcp, host: 127.0.0.1, port: 99999 }
devices:
  - { id: level-1, connection: bus-9, profile: qdy30a-level, address: { unitId: 1 }, intervalS: 10 }
  - { id: level-2, connection: bus-2, profile: no-such-profile, address: { unitId: 1 }, intervalS: 0 }
  - { id: level-2, site: paddy-9, connection: bus-2, profile: qdy30a-level, address: { unitId: 999 }, intervalS: 10 }
  - { id: lamp, connection: bus-2, profile: if-mib-unifi-ap, address: { unitId: 3 }, intervalS: ten, retires: 2 }
models:
  - { package: lamp-power-anomaly, inputs: [] }
modelTrust: { keys: [not-there.pub, wrong.yaml] }
`

/** Each path with what its line must also say: an example of a right value, or all that is known there. */
const faults: Readonly<Record<string, string>> = {
  '/tenant': 'e.g. tenant: kimitsu',
  '/gateway': 'e.g. gateway: paddy-koito',
  '/label/en': 'e.g. en: Level probe 1',
  '/speed': 'known here: tenant, gateway,',
  '/hub/url': 'e.g. url: mqtts://hub.example:8883',
  '/outbox/maxBytes': 'e.g. maxBytes: 268435456',
  '/health/port': 'e.g. port: 9464',
  '/sites/0/kind': 'e.g. kind: paddy',
  '/sites/0/position/lat': 'e.g. lat: 35.3304',
  '/connections/0/type': 'known are modbus-tcp,',
  '/connections/1/port': 'e.g. 502',
  '/devices/0/connection': 'e.g. connection: bus',
  '/devices/1/profile': 'eastron-sdm120,',
  '/devices/1/intervalS': 'e.g. intervalS: 10',
  '/devices/2/id': 'e.g. id: level-2-2',
  '/devices/2/site': 'e.g. site: paddy-1',
  '/devices/2/address/unitId': 'e.g. 1',
  '/devices/3/profile': 'is not a profile for modbus-tcp connections',
  '/devices/3/intervalS': 'e.g. intervalS: 10',
  '/devices/3/retires': 'known here: id, site,',
  '/modelTrust/keys/0': 'not-there.pub cannot be read',
  '/modelTrust/keys/1': 'wrong.yaml is no key for packages: a public key is not in PEM',
  '/models/0/inputs': 'e.g. inputs: ["*:lamp-*-power"]',
}

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'musubi-config-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

interface Outcome {
  readonly status: number | null
  readonly lines: readonly string[]
}

async function refused(command: readonly string[], text: string): Promise<Outcome> {
  const file = join(folder, 'wrong.yaml')
  await writeFile(file, text)
  const args = [musubi, ...command, file]
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8', timeout: 30_000 })
  return { status, lines: stderr.split('\n').filter((line) => line !== '') }
}

const checkGateway = ['edge', '--check', '--config']

const startHub = (): readonly string[] => [
  'hub',
  '--data',
  join(folder, 'hub'),
  '--no-dashboard',
  ...freePorts,
  '--rules',
]

function expectOneMessage({ status, lines }: Outcome): void {
  expect(status).toBe(1)
  expect(lines[0]).toMatch(/^musubi (edge|hub): .*wrong\.yaml/)
  expect(lines.join('\n')).toContain('[config.invalid]')
  expect(lines.join('\n')).not.toContain('    at ')
}

it('musubi edge --check lists every fault of a wrong configuration at once, with its path and an example', async () => {
  const outcome = await refused(checkGateway, wrong)
  expectOneMessage(outcome)
  expect(outcome.lines[0]).toContain(`has ${Object.keys(faults).length} faults`)
  const listed = outcome.lines.slice(1).map((line) => line.trim())
  for (const [path, example] of Object.entries(faults)) {
    const line = listed.find((candidate) => candidate.startsWith(`${path} `))
    expect(line, `a line for ${path} with "${example}"`).toContain(example)
  }
  expect(listed).toHaveLength(Object.keys(faults).length)
})

const aliases = `a: &a [x, x, x]\nb: &b [${'*a, '.repeat(200)}]\nc: [${'*b, '.repeat(200)}]\n`

it.each([
  ['an empty file', ''],
  ['text that is no YAML', '{ tenant: [ '],
  ['a list', '- 1\n- 2\n'],
  ['a document that grows out of aliases', aliases],
  ['deeply nested lists', `devices: ${'['.repeat(20_000)}`],
])('musubi edge --check refuses %s by one coded message', async (_what, text) => {
  expectOneMessage(await refused(checkGateway, text))
})

it.each([
  ['text that is no YAML', '{ rules: [ '],
  ['a document that grows out of aliases', aliases],
  ['two wrong rules', '- { id: a, kind: treshold }\n- { id: a, kind: dead-man, intervals: many }\n'],
])('musubi hub refuses %s as alarm rules by one coded message', async (_what, text) => {
  expectOneMessage(await refused(startHub(), text))
})
