// Debian's PostgreSQL in a temporary folder on a socket there, run by a user without rights, for tests and benchmarks.
import { execFile, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chown, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import pg from 'pg'

export interface PostgresServer {
  /** The URL of a new, empty database. */
  newDatabase(): Promise<string>
  /** How many rows one statement of the owner gives. */
  ask(sql: string): Promise<number>
  /** Ends the server as a power cut of its machine would, without a word to its clients. */
  crash(): Promise<void>
  /** Starts it again after a crash. */
  start(): Promise<void>
  stop(): Promise<void>
}

const run = promisify(execFile)

export async function startPostgresServer(): Promise<PostgresServer> {
  const programs = await programFolder()
  const folder = await mkdtemp(join(tmpdir(), 'musubi-postgres-'))
  // PostgreSQL refuses to run as root.
  const owner = process.getuid?.() === 0 ? postgresUser() : undefined
  if (owner !== undefined) await chown(folder, owner.uid, owner.gid)
  const files = join(folder, 'data')
  const login = ['--username', 'musubi', '--auth', 'trust', '--no-sync', '--encoding', 'UTF8', '--locale', 'C.UTF-8']
  await run(join(programs, 'initdb'), ['--pgdata', files, ...login], { ...owner, cwd: folder })
  const urlOf = (database: string) => `postgres://musubi@/${database}?host=${encodeURIComponent(folder)}`
  const url = urlOf('postgres')
  const settings = ['fsync=off', 'listen_addresses=', `unix_socket_directories=${folder}`, 'max_connections=40']
  const begin = async () => {
    const args = ['-D', files, ...settings.flatMap((setting) => ['-c', setting])]
    const child = spawn(join(programs, 'postgres'), args, { ...owner, cwd: folder, stdio: 'ignore' })
    await untilAnswering(url, () => child.exitCode !== null)
    return child
  }
  let server = await begin()
  let databases = 0
  const end = async (signal: NodeJS.Signals) => {
    const ended = once(server, 'exit')
    server.kill(signal)
    await ended
  }
  return {
    async newDatabase() {
      const name = `hub_${String(databases++)}`
      await ask(url, `CREATE DATABASE ${name}`)
      return urlOf(name)
    },
    ask: (sql) => ask(url, sql),
    crash: () => end('SIGQUIT'),
    async start() {
      server = await begin()
    },
    async stop() {
      if (server.exitCode === null && server.signalCode === null) await end('SIGINT')
      await rm(folder, { recursive: true })
    },
  }
}

async function programFolder(): Promise<string> {
  const root = '/usr/lib/postgresql'
  const newest = (await readdir(root)).toSorted((a, b) => Number(a) - Number(b)).at(-1)
  return join(root, newest ?? '', 'bin')
}

function postgresUser(): { readonly uid: number; readonly gid: number } {
  const idOf = (what: string) => Number(execFileSync('id', [what, 'postgres'], { encoding: 'utf8' }))
  return { uid: idOf('-u'), gid: idOf('-g') }
}

async function ask(url: string, sql: string): Promise<number> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query(sql)).rowCount ?? 0
  } finally {
    await client.end()
  }
}

async function untilAnswering(url: string, isOver: () => boolean): Promise<void> {
  for (const deadline = Date.now() + 20_000; ;) {
    try {
      await ask(url, 'SELECT 1')
      return
    } catch (thrown) {
      if (isOver() || Date.now() > deadline) throw new Error('PostgreSQL did not start', { cause: thrown })
      await new Promise((resolve) => setTimeout(resolve, 30))
    }
  }
}
