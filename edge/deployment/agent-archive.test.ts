import { mkdir, mkdtemp, readFile, readlink, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { packedFiles } from '../../models/archive-writer.ts'
import { librariesOf, readyAgent } from './agent-archive.ts'

const lock = (pinoVersion: string, ownVersion = '1.0.0') =>
  JSON.stringify({
    version: ownVersion,
    packages: {
      '': { version: ownVersion },
      'node_modules/pino': { version: pinoVersion, integrity: `sha512-${pinoVersion}` },
      'node_modules/vitest': { version: ownVersion, dev: true },
    },
  })

let folder: string
let [own, set] = ['', '']

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'musubi-agent-'))
  own = join(folder, 'own')
  set = join(folder, 'set')
  await mkdir(own)
  await mkdir(set)
  await writeFile(join(own, 'package-lock.json'), lock('10.0.0'))
})

afterEach(() => rm(folder, { recursive: true, force: true }))

async function archive(files: Readonly<Record<string, string>>): Promise<void> {
  const entries = Object.entries(files).map(([path, content]) => [path, Buffer.from(content)] as const)
  await writeFile(join(set, 'agent.tgz'), packedFiles(new Map(entries)))
}

describe('the program of a set', () => {
  const sound = { 'bin/musubi.ts': 'export {}', 'package-lock.json': lock('10.0.0', '2.0.0') }

  it('is unpacked with the libraries of the machine, and made again where a file of it is not what it was', async () => {
    await archive(sound)
    const place = await readyAgent(set, own)
    expect(await readlink(join(place, 'node_modules'))).toBe(join(own, 'node_modules'))
    for (const [path, content] of [
      ['bin/musubi.ts', ''],
      ['bin/added.ts', 'export {}'],
    ] as const) {
      await writeFile(join(place, path), content)
      await readyAgent(set, own)
      expect(await readFile(join(place, 'bin/musubi.ts'), 'utf8')).toBe('export {}')
      await expect(readFile(join(place, 'bin/added.ts'))).rejects.toThrow('ENOENT')
    }
  })

  it('that needs another version of a library is refused; another version of the program or of a tool is none', async () => {
    await archive({ ...sound, 'package-lock.json': lock('11.0.0') })
    await expect(readyAgent(set, own)).rejects.toThrow('needs other libraries than this machine has')
    expect(librariesOf(lock('10.0.0', '3.0.0'))).toBe(librariesOf(lock('10.0.0')))
    expect(() => librariesOf('{}')).toThrow('cannot be read')
  })

  it.each(['../evil.ts', '/etc/evil.ts', 'bin/../../evil.ts', '.git/hooks', 'bin/node_modules/pino.js'])(
    'with the member %s is refused, and nothing of it is written',
    async (path) => {
      await archive({ ...sound, [path]: 'evil' })
      await expect(readyAgent(set, own)).rejects.toMatchObject({ code: 'deployment.agent' })
      await expect(readFile(join(dirname(set), 'evil.ts'))).rejects.toThrow('ENOENT')
    },
  )

  it('that is no archive, or an archive without its list of libraries, is refused', async () => {
    await writeFile(join(set, 'agent.tgz'), 'no archive')
    await expect(readyAgent(set, own)).rejects.toMatchObject({ code: 'deployment.agent' })
    await archive({ 'bin/musubi.ts': 'export {}' })
    await expect(readyAgent(set, own)).rejects.toThrow('has no package-lock.json')
  })
})
