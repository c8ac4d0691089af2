// The databases that a hub can have, each ready for a test: what passes on one must pass on the other.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { debianPackage } from '../debian.ts'
import { startPostgresServer } from './postgres-server.ts'

/** Gives places of new, empty databases; `close` takes everything away. */
export interface DatabasePlaces {
  newPlace(): Promise<string>
  close(): Promise<void>
}

async function sqlitePlaces(): Promise<DatabasePlaces> {
  const folder = await mkdtemp(join(tmpdir(), 'musubi-hub-'))
  let files = 0
  return {
    newPlace: () => Promise.resolve(join(folder, `${String(files++)}.sqlite`)),
    close: () => rm(folder, { recursive: true }),
  }
}

async function postgresPlaces(): Promise<DatabasePlaces> {
  const server = await startPostgresServer()
  return { newPlace: () => server.newDatabase(), close: () => server.stop() }
}

/** For `describe.each`. PostgreSQL is left out where Debian's package is not installed, but not in CI. */
export const hubDatabases: readonly {
  readonly name: string
  readonly open: () => Promise<DatabasePlaces>
}[] = [
  { name: 'SQLite', open: sqlitePlaces },
  ...(debianPackage('postgresql') ? [{ name: 'PostgreSQL', open: postgresPlaces }] : []),
]
