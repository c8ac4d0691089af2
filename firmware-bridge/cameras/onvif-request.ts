// What is asked of an ONVIF camera, and the worker thread that asks: the library throws in its callbacks at answers it does
// not expect, and would take the gateway with it. In a thread of its own it takes only the question.
import { Worker } from 'node:worker_threads'
import { AppError } from '../../broker/contract/app-error.ts'
import type { Clock, Timer } from '../../broker/contract/ports.ts'

/** `device`: the address of the camera's ONVIF service. `discover`: every camera that answers WS-Discovery. */
export type OnvifRequest =
  | {
      readonly kind: 'uri'
      readonly stream: 'snapshot' | 'rtsp'
      readonly host: string
      readonly port: number
      readonly path: string | undefined
      readonly username: string | undefined
      readonly password: string | undefined
      /** The first profile of the first video source where undefined. */
      readonly profileToken: string | undefined
      readonly timeoutMs: number
    }
  | { readonly kind: 'discover'; readonly networkInterface: string | undefined; readonly timeoutMs: number }

export interface OnvifCamera {
  /** `urn:uuid:…`, stable over changes of address. */
  readonly endpoint: string
  readonly host: string
  readonly port: number
  readonly path: string
}

/** `started` first; then one answer. `clockErrorMs`: the camera's clock less ours; undefined where it did not say. */
export type OnvifReply =
  | { readonly kind: 'started' }
  | { readonly kind: 'uri'; readonly uri: string; readonly clockErrorMs: number | undefined }
  | { readonly kind: 'cameras'; readonly cameras: readonly OnvifCamera[] }
  | { readonly kind: 'refused'; readonly message: string }

type Answer<Kind> = Extract<OnvifReply, { kind: Kind extends 'uri' ? 'uri' : 'cameras' }>

/** The whole conversation, as a multiple of the time limit of one request. */
const conversationRequests = 6
/** Loading the library takes a fraction of a second, on a busy board some seconds. */
const startLimitMs = 30_000
const maxHeapMb = 64

/**
 * Throws `driver.timeout` when there is no end to it, `driver.exception` when the camera refuses, `driver.frame` when its
 * answers make no sense. The thread is gone when this settles.
 */
export async function askOnvif<Kind extends OnvifRequest['kind']>(
  request: OnvifRequest & { readonly kind: Kind },
  { signal, clock }: { readonly signal: AbortSignal; readonly clock: Clock },
): Promise<Answer<Kind>> {
  if (signal.aborted) throw closedError()
  const worker = new Worker(new URL('onvif-worker.ts', import.meta.url), {
    workerData: request,
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: maxHeapMb },
    stdout: true,
    stderr: true,
  })
  const { promise, resolve, reject } = Promise.withResolvers<Answer<Kind>>()
  const limitAfter = (delayMs: number): Timer =>
    clock.setTimer(() => reject(new AppError('driver.timeout', 'the camera does not answer ONVIF in time')), delayMs)
  let limit = limitAfter(startLimitMs)
  const onAbort = (): void => reject(closedError())
  signal.addEventListener('abort', onAbort, { once: true })
  worker.on('message', (reply: OnvifReply) => {
    limit.cancel()
    if (reply.kind === 'started') limit = limitAfter(request.timeoutMs * conversationRequests)
    else if (reply.kind === 'refused') reject(new AppError('driver.exception', reply.message))
    else resolve(reply as Answer<Kind>)
  })
  worker.once('error', (cause: unknown) => {
    const text = cause instanceof Error ? cause.message : String(cause)
    reject(new AppError('driver.frame', `the camera's ONVIF answer is not understood: ${text}`, { cause }))
  })
  worker.once('exit', () => reject(new AppError('driver.frame', "the camera's ONVIF answers led to nothing")))
  try {
    return await promise
  } finally {
    limit.cancel()
    signal.removeEventListener('abort', onAbort)
    await worker.terminate()
  }
}

function closedError(): AppError {
  return new AppError('driver.connection', 'the camera was closed')
}
