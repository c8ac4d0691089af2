import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { guardTrial } from '../../edge/deployment/trial-guard.ts'

it('a program that is still on trial after its time is ended like a crash; one whose trial is over is left alone', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'musubi-guard-'))
  const endsAfter = async (state: object): Promise<readonly unknown[]> => {
    const file = join(folder, `${Object.keys(state).join('-')}.json`)
    await writeFile(file, JSON.stringify(state))
    const child = spawn('sleep', ['4'], { stdio: 'ignore' })
    guardTrial({ revision: 7, probationS: 5 }, file, { pid: child.pid ?? 0, limitS: 1 })
    return once(child, 'exit')
  }
  const set = { revision: 7, items: [] }
  try {
    const [hung, kept, another] = await Promise.all([
      endsAfter({ v: 1, trial: set }),
      endsAfter({ v: 1, proven: set }),
      endsAfter({ v: 1, proven: set, trial: { ...set, revision: 70 } }),
    ])
    expect(hung).toEqual([null, 'SIGKILL'])
    expect([kept, another]).toEqual([
      [0, null],
      [0, null],
    ])
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})
