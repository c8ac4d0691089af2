// Tests that need a Debian package run when it is there; in CI an absent one is a failure, not a skip.
import { spawnSync } from 'node:child_process'

/** True when the Debian package is installed. Throws in CI (environment `CI=true`) when it is not. */
export function debianPackage(name: string): boolean {
  const asked = spawnSync('dpkg-query', ['--show', '--showformat=${db:Status-Status}', name], { encoding: 'utf8' })
  const installed = asked.status === 0 && asked.stdout === 'installed'
  if (!installed && process.env['CI'] === 'true') throw new Error(`CI must install the Debian package ${name}`)
  return installed
}
