import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

/** Spawns a child under guard, prints its pid, and ends in the way asked for. */
const program = (ending: string) => `
  import { spawn } from 'node:child_process'
  import { guardChildren } from ${JSON.stringify(join(import.meta.dirname, 'child-guard.ts'))}
  guardChildren()
  const child = spawn(process.execPath, ['-e', 'process.on("SIGTERM", () => {}); setInterval(() => {}, 1000); console.log()'])
  child.stdout.once('data', () => { console.log(child.pid); ${ending} })
`

/** Whether a process with this id exists; one that is only waiting to be reaped does not count. */
async function gone(pid: number): Promise<boolean> {
  const deadlineMs = performance.now() + 10_000
  while (performance.now() < deadlineMs) {
    try {
      process.kill(pid, 0)
    } catch {
      return true
    }
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  return false
}

describe('guardChildren', () => {
  it.each([
    ['ends by itself', 'process.exit(0)', 0],
    ['throws', 'throw new Error("on purpose")', 1],
    ['rejects', 'void Promise.reject(new Error("on purpose"))', 1],
    ['is interrupted', 'process.kill(process.pid, "SIGINT")', 130],
    ['is asked to end', 'process.kill(process.pid, "SIGTERM")', 143],
  ])('kills the children of a program that %s', async (_, ending, code) => {
    const args = ['--input-type=module-typescript', '-e', program(ending)]
    const parent = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'ignore'] })
    let printed = ''
    parent.stdout.on('data', (bytes) => (printed += String(bytes)))
    expect((await once(parent, 'close'))[0]).toBe(code)
    expect(Number(printed)).toBeGreaterThan(0)
    expect(await gone(Number(printed))).toBe(true)
  })
})
