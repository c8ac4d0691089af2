// The hub's end of the process that copies files for a back-up.
import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { AppError, type ErrorCode } from '../../broker/contract/app-error.ts'
import type { Gathered, KeeperTask } from './file-keeper.ts'

export type KeeperRequest =
  | { readonly kind: 'begin'; readonly task: KeeperTask }
  | { readonly kind: 'gather' }
  | { readonly kind: 'seal'; readonly paths: readonly string[] }
  | { readonly kind: 'finish' }

export type KeeperReply =
  | ({ readonly kind: 'measured' | 'progress' } & Gathered)
  | { readonly kind: 'gathered' }
  | ({ readonly kind: 'finished'; readonly sha256: string } & Gathered)
  | { readonly kind: 'failed'; readonly code: ErrorCode; readonly message: string }

/** Each throws `backup.*`; they are called one after the other. */
export interface KeeperProcess {
  begin(task: KeeperTask): Promise<Gathered>
  gather(onProgress: (soFar: Gathered) => void): Promise<void>
  seal(paths: readonly string[]): Promise<void>
  finish(): Promise<Gathered & { readonly sha256: string }>
  /** At once, whatever it does. */
  end(): Promise<void>
}

const program = fileURLToPath(new URL('./keeper-program.ts', import.meta.url))

export function startKeeperProcess(): KeeperProcess {
  const child = fork(program, [], { execArgv: [], stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
  const gone = new Promise<void>((resolve) => {
    child.once('exit', () => resolve())
    child.once('error', () => resolve())
  })
  return {
    begin: async (task) => expectKind(await ask(child, gone, { kind: 'begin', task }), 'measured'),
    gather: async (onProgress) => void (await ask(child, gone, { kind: 'gather' }, onProgress)),
    seal: async (paths) => void (await ask(child, gone, { kind: 'seal', paths })),
    finish: async () => expectKind(await ask(child, gone, { kind: 'finish' }), 'finished'),
    async end() {
      child.kill('SIGKILL')
      await gone
    },
  }
}

async function ask(
  child: ChildProcess,
  gone: Promise<void>,
  request: KeeperRequest,
  onProgress: (soFar: Gathered) => void = () => undefined,
): Promise<KeeperReply> {
  const { promise, resolve, reject } = Promise.withResolvers<KeeperReply>()
  const take = (reply: KeeperReply): void => {
    if (reply.kind === 'progress') onProgress(reply)
    else if (reply.kind === 'failed') reject(new AppError(reply.code, reply.message))
    else resolve(reply)
  }
  child.on('message', take)
  void gone.then(() => reject(new AppError('backup.unfinished', 'the back-up was cut off')))
  child.send(request, (failed) => {
    if (failed !== null) reject(new AppError('backup.unfinished', 'the back-up was cut off', { cause: failed }))
  })
  try {
    return await promise
  } finally {
    child.off('message', take)
  }
}

function expectKind<K extends KeeperReply['kind']>(
  reply: KeeperReply,
  kind: K,
): Extract<KeeperReply, { readonly kind: K }> {
  if (reply.kind === kind) return reply as Extract<KeeperReply, { readonly kind: K }>
  throw new AppError('backup.unfinished', `${reply.kind} came instead of ${kind}`)
}
