// Starts the process of the flows with no more rights than it needs, and lets it go.
import { type ChildProcess, fork } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { setPriority } from 'node:os'
import { join, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { ToFlows } from './messages.ts'

interface FlowChildListeners {
  /** As it came: see read-message.ts. */
  readonly message: (message: unknown) => void
  /** It has ended, for whatever reason; `how` says which. */
  readonly end: (how: string) => void
}

export interface FlowChild {
  send(message: ToFlows): void
  listen(listeners: FlowChildListeners): void
  /** Of its memory in RAM; undefined where the system does not tell. */
  rssBytes(): number | undefined
  /** Ends it at once. Resolves when it is gone. */
  kill(): Promise<void>
  /** Resolves when it is gone. */
  readonly gone: Promise<void>
}

const program = new URL('flow-process.ts', import.meta.url)
const projectFolder = join(import.meta.dirname, '../..')
/** Bound of the kept standard error; the oldest text gives way. */
const maxComplaint = 2000
const pageBytes = 4096

/** `folder` is where the process may write; `file` the deployed flows. */
export function startFlowChild(options: {
  readonly folder: string
  readonly file: string
  readonly maxMemoryMb: number
}): FlowChild {
  endOrphan(options.folder)
  const child: ChildProcess = fork(program, [], {
    serialization: 'advanced',
    execArgv: execArgv(options),
    env: environment(options.folder),
    cwd: options.folder,
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  })
  giveWay(child.pid)
  remember(child.pid, options.folder)
  let said = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-maxComplaint)
  })
  const gone = new Promise<void>((resolve) => {
    child.once('close', () => resolve())
    child.once('error', () => {
      if (child.pid === undefined) resolve()
    })
  })
  // A channel that has closed is told by the end.
  child.on('error', (error) => (said += String(error)))
  return {
    gone,
    send: (message) => void child.send(message, () => undefined),
    listen({ message, end }) {
      child.on('message', message)
      void gone.then(() => end(`${child.signalCode ?? `exit code ${child.exitCode}`} ${said.trim()}`.trim()))
    },
    rssBytes: () => rssBytes(child.pid),
    kill() {
      child.kill('SIGKILL')
      return gone
    },
  }
}

/** No more of the agent's environment than a program needs: what stands there may be secret, and flows can read it. */
function environment(folder: string): NodeJS.ProcessEnv {
  const { PATH = '', TZ } = process.env
  // Its own cache, which it may write: with that of the agent it could change the agent.
  const NODE_COMPILE_CACHE = join(folder, 'compile-cache')
  return { PATH, HOME: folder, NODE_COMPILE_CACHE, ...(TZ === undefined ? {} : { TZ }) }
}

/**
 * Node's permission model: it reads the program and the deployed flows, writes its folder, and starts nothing. It does not bound
 * the network in Node 24: there the nodes that would use one are not loaded.
 */
function execArgv({ folder, file, maxMemoryMb }: { folder: string; file: string; maxMemoryMb: number }): string[] {
  const read = [projectFolder, modulesFolder(), file, folder]
  return [
    '--permission',
    ...new Set(read.map((path) => `--allow-fs-read=${path}`)),
    `--allow-fs-write=${folder}`,
    '--optimize-for-size',
    '--max-semi-space-size=1',
    // Beside the heap there are code, stacks and the library's own memory, some 60 MB.
    `--max-old-space-size=${Math.max(48, maxMemoryMb - 70)}`,
    '--disable-warning=SecurityWarning',
    '--disable-warning=ExperimentalWarning',
  ]
}

/** Where the libraries are: beside the project, or above it where the project itself is a dependency. */
function modulesFolder(): string {
  const place = fileURLToPath(import.meta.resolve('node-red'))
  const at = place.lastIndexOf(`${sep}node_modules${sep}`)
  return place.slice(0, at + `${sep}node_modules`.length)
}

/** Beside the folder of the flows, which they may write. */
function pidFile(folder: string): string {
  return join(folder, '..', 'process.pid')
}

function remember(pid: number | undefined, folder: string): void {
  try {
    if (pid !== undefined) writeFileSync(pidFile(folder), String(pid))
  } catch {
    // A full disk: an orphan would not be found then.
  }
}

/**
 * An agent that was killed leaves its flows to themselves. They end when they see that; in an endless loop they never do, and
 * the next agent ends them.
 */
function endOrphan(folder: string): void {
  try {
    const pid = Number(readFileSync(pidFile(folder), 'utf8'))
    const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
    if (pid > 1 && words.includes(`--allow-fs-write=${folder}`)) process.kill(pid, 'SIGKILL')
  } catch {
    // None was remembered, or it has gone.
  }
}

/** Sampling goes first; and where memory runs out, Linux ends this process before the agent. */
function giveWay(pid: number | undefined): void {
  if (pid === undefined) return
  try {
    setPriority(pid, 5)
    writeFileSync(`/proc/${pid}/oom_score_adj`, '600')
  } catch {
    // Another system, or a container that forbids it: then all processes are alike.
  }
}

function rssBytes(pid: number | undefined): number | undefined {
  try {
    return Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]) * pageBytes
  } catch {
    return undefined
  }
}
