import { spawnSync } from 'node:child_process'
import { resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { verifyPassword } from '../../firmware-bridge/mqtt/password-hash.ts'

const musubi = resolve(import.meta.dirname, '../../bin/musubi.ts')
const run = (input: string) =>
  spawnSync(process.execPath, [musubi, 'mqtt-password'], { input, encoding: 'utf8', timeout: 30_000 })

describe('musubi mqtt-password', () => {
  it('prints a hash of what it reads, without the end of the line', async () => {
    const { status, stdout } = run('clover-and-hay\n')
    expect(status).toBe(0)
    expect(await verifyPassword(Buffer.from('clover-and-hay'), stdout.trim())).toBe(true)
    expect(stdout).not.toContain('clover')
  })

  it('refuses a short password', () => {
    expect(run('short\n').status).toBe(2)
  })
})
