// What is asked of an ONVIF camera, and the worker thread that asks: the library throws in its callbacks at answers it does
// not expect, and would take the gateway with it. In a thread of its own it takes only the question.
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { AppError } from '../../broker/contract/app-error.ts'

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

/** `clockErrorMs`: the camera's clock less ours; undefined where it did not say. */
export type OnvifReply =
  | { readonly kind: 'uri'; readonly uri: string; readonly clockErrorMs: number | undefined }
  | { readonly kind: 'cameras'; readonly cameras: readonly OnvifCamera[] }
  | { readonly kind: 'refused'; readonly message: string }

/** The whole conversation, beyond the time limit of one request. */
const conversationRequests = 6
const maxHeapMb = 64

/**
 * Throws `driver.timeout` when there is no end to it, `driver.exception` when the camera refuses, `driver.frame` when its
 * answers make no sense. The thread is gone when this settles.
 */
export async function askOnvif<Kind extends OnvifRequest['kind']>(
  request: OnvifRequest & { readonly kind: Kind },
  signal: AbortSignal,
): Promise<Extract<OnvifReply, { kind: Kind extends 'uri' ? 'uri' : 'cameras' }>> {
  const worker = new Worker(new URL('onvif-worker.ts', import.meta.url), {
    workerData: request,
    resourceLimits: { maxOldGenerationSizeMb: maxHeapMb },
    stdout: true,
    stderr: true,
  })
  const limit = AbortSignal.timeout(request.timeoutMs * conversationRequests)
  try {
    const [reply] = (await once(worker, 'message', { signal: AbortSignal.any([signal, limit]) })) as [OnvifReply]
    if (reply.kind === 'refused') throw new AppError('driver.exception', reply.message)
    return reply as never
  } catch (cause) {
    if (cause instanceof AppError) throw cause
    if (limit.aborted) throw new AppError('driver.timeout', 'the camera does not answer ONVIF in time', { cause })
    if (signal.aborted) throw new AppError('driver.connection', 'the camera was closed', { cause })
    const text = cause instanceof Error ? cause.message : String(cause)
    throw new AppError('driver.frame', `the camera's ONVIF answer is not understood: ${text}`, { cause })
  } finally {
    await worker.terminate()
  }
}
