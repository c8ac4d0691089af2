// Where Node-RED finds and keeps its flows: the deployed file, which it never writes, and what was changed in the editor beside it.
import { createHash, randomBytes } from 'node:crypto'
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { AppError } from '../../broker/contract/app-error.ts'

export interface FlowStorage {
  /** The flows that run are not those of the deployed set. */
  readonly changedHere: boolean
  /** Encrypts what nodes keep secret; made once for this gateway. */
  readonly secret: string
  /** As Node-RED asks for a storage module. */
  readonly module: object
}

/** Flows that were changed here, and of which deployed flows. A newer deployed set wins over them. */
interface EditedFlows {
  readonly base: string
  readonly flows: readonly object[]
}

const ownOnly = { mode: 0o600 } as const

export function createFlowStorage(options: {
  readonly file: string
  readonly folder: string
  readonly editor: boolean
  readonly saved: (changedHere: boolean) => void
}): FlowStorage {
  const { file, folder, editor, saved } = options
  const place = (name: string): string => join(folder, name)
  const deployed = readFileSync(file, 'utf8')
  const base = hashOf(deployed)
  let edited = editor ? ofThisSet(place('edited.json'), base) : undefined
  let settings: object = editor ? (parsed(place('settings.json')) ?? {}) : {}

  function saveFlows(flows: readonly object[]): void {
    if (!editor) throw new AppError('config.invalid', 'the flows of this gateway are those of its deployed set')
    if (hashOf(JSON.stringify(flows)) === hashOf(JSON.stringify(JSON.parse(deployed)))) {
      edited = undefined
      rmSync(place('edited.json'), { force: true })
    } else {
      edited = { base, flows }
      write(place('edited.json'), edited)
    }
    saved(edited !== undefined)
  }

  return {
    get changedHere() {
      return edited !== undefined
    },
    secret: ownSecret(place('credentials.secret')),
    module: {
      init: async () => undefined,
      getFlows: async () => edited?.flows ?? JSON.parse(deployed),
      saveFlows: async (flows: readonly object[]) => saveFlows(flows),
      getCredentials: async () => parsed(place('credentials.json')) ?? {},
      saveCredentials: async (credentials: object) => write(place('credentials.json'), credentials),
      getSettings: async () => settings,
      saveSettings: async (next: object) => {
        settings = next
        if (editor) write(place('settings.json'), next)
      },
      getSessions: async () => ({}),
      saveSessions: async () => undefined,
      getLibraryEntry: async () => [],
      saveLibraryEntry: async () => {
        throw new AppError('not-found', 'a gateway keeps no library of flows; export them')
      },
    },
  }
}

function ofThisSet(path: string, base: string): EditedFlows | undefined {
  const edited = parsed(path)
  if (edited === undefined || !Array.isArray(edited['flows'])) return undefined
  if (edited['base'] === base) return { base, flows: edited['flows'] }
  // A person may want to look at what was changed here before the new set came.
  renameSync(path, `${path}.before`)
  return undefined
}

function ownSecret(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    const secret = randomBytes(32).toString('base64url')
    writeFileSync(path, secret, { ...ownOnly, flag: 'wx' })
    return secret
  }
}

function parsed(path: string): Readonly<Record<string, unknown>> | undefined {
  try {
    return Object(JSON.parse(readFileSync(path, 'utf8')))
  } catch {
    return undefined
  }
}

function write(path: string, value: object): void {
  writeFileSync(`${path}.new`, JSON.stringify(value), ownOnly)
  renameSync(`${path}.new`, path)
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
