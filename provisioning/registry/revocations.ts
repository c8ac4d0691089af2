// The list of certificates that must no longer be accepted although they have not expired.
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Type, type Static } from 'typebox'
import { Value } from 'typebox/value'
import { AppError } from '../../broker/contract/app-error.ts'
import type { Clock } from '../../broker/contract/ports.ts'
import { isSystemFault } from '../../broker/contract/system-fault.ts'

/** What a broker asks of each certificate. Serial numbers are hexadecimal; case and leading zeros do not matter. */
export interface Revocations {
  isRevoked(serialNumber: string): boolean
}

export interface RevocationList extends Revocations {
  list(): readonly { readonly serialNumber: string; readonly timeMs: number }[]
  /** Durable before it returns; revoking twice keeps the first entry. */
  revoke(serialNumber: string, reason: string): Promise<void>
  /** Reads the file again, so that a running hub sees what the command line revoked. */
  reload(): Promise<void>
}

const Entry = Type.Object(
  { serialNumber: Type.String({ pattern: '^[0-9a-f]+$' }), reason: Type.String(), timeMs: Type.Number() },
  { additionalProperties: false },
)
const Entries = Type.Array(Entry)
type Entry = Static<typeof Entry>

/** Opens `revoked.json` in `folder`; an absent file is an empty list. Throws `identity.invalid` for an unreadable one. */
export async function openRevocations(given: {
  readonly folder: string
  readonly clock: Clock
}): Promise<RevocationList> {
  const file = join(given.folder, 'revoked.json')
  let entries = await readEntries(file)
  return {
    isRevoked: (serialNumber) => entries.has(normalSerial(serialNumber)),
    list: () => [...entries.values()],
    async revoke(serialNumber, reason) {
      const key = normalSerial(serialNumber)
      entries = await readEntries(file)
      if (entries.has(key)) return
      entries.set(key, { serialNumber: key, reason, timeMs: given.clock.now() })
      await mkdir(given.folder, { recursive: true, mode: 0o700 })
      await writeFile(`${file}.new`, JSON.stringify([...entries.values()], null, 1))
      await rename(`${file}.new`, file)
    },
    async reload() {
      entries = await readEntries(file)
    },
  }
}

async function readEntries(file: string): Promise<Map<string, Entry>> {
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (thrown) {
    if (isSystemFault(thrown, 'ENOENT')) return new Map()
    throw thrown
  }
  try {
    const entries = Value.Parse(Entries, JSON.parse(text))
    return new Map(entries.map((entry) => [entry.serialNumber, entry]))
  } catch (thrown) {
    throw new AppError('identity.invalid', `${file} is not a revocation list`, { cause: thrown })
  }
}

function normalSerial(serialNumber: string): string {
  return serialNumber
    .toLowerCase()
    .replaceAll(':', '')
    .replace(/^0+(?=.)/, '')
}
