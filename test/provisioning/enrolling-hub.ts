// A real hub in a temporary folder at which gateways enrol, for tests that go the way of a label.
import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { createHub, type HubUnderTest } from '../faults/hub-under-test.ts'

export const musubi = fileURLToPath(new URL('../../bin/musubi.ts', import.meta.url))
export const tenant = 'kimitsu'

export interface EnrollingHub {
  /** Goes when it is closed. */
  readonly folder: string
  /** Of the hub. */
  readonly data: string
  readonly hub: HubUnderTest
  /** Host and EST port, as a label says them. */
  readonly address: string
  /** `musubi WORDS`; resolves with its output, rejects where it ends with another code than 0. */
  command(...words: readonly string[]): Promise<string>
  /** The text of the label of a new claim. */
  newClaim(gateway: string): Promise<string>
  close(): Promise<void>
}

export async function openEnrollingHub(prefix: string): Promise<EnrollingHub> {
  const folder = await mkdtemp(join(tmpdir(), prefix))
  const data = join(folder, 'hub')
  const hub = await createHub(data)
  const address = `127.0.0.1:${hub.estPort}`
  const command = async (...words: readonly string[]): Promise<string> => {
    const { stdout } = await promisify(execFile)(process.execPath, [musubi, ...words])
    return stdout.trim()
  }
  return {
    folder,
    data,
    hub,
    address,
    command,
    newClaim: (gateway) =>
      command('claim', 'new', '--data', data, '--tenant', tenant, '--gateway', gateway, '--hub', address),
    async close() {
      await hub.end('SIGKILL')
      await rm(folder, { recursive: true })
    },
  }
}
