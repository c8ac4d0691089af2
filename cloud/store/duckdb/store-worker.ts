// The worker thread in which DuckDB runs: appending blocks its thread for milliseconds, which no socket must feel.
import { parentPort } from 'node:worker_threads'
import { toAppError } from '../../../broker/contract/app-error.ts'
import { createStoreSession } from './store-session.ts'
import type { StoreCall, StoreCalls, WorkerReply, WorkerRequest } from './worker-messages.ts'

const port = parentPort
if (port === null) throw new Error('store-worker.ts runs in a worker thread only')

const send = (reply: WorkerReply, transfer: readonly ArrayBuffer[] = []) => port.postMessage(reply, transfer)
const handlers = createStoreSession((entry) => send({ kind: 'log', ...entry }))

port.on('message', (request: WorkerRequest) => void answer(request))

async function answer(request: WorkerRequest): Promise<void> {
  const { id, call, input } = request
  try {
    const handle = handlers[call] as (input: StoreCalls[StoreCall]['input']) => Promise<StoreCalls[StoreCall]['output']>
    const output = await handle(input)
    send({ kind: 'result', id, output }, buffersOf(output))
  } catch (thrown) {
    const { code, message } = toAppError(thrown, 'store.unavailable')
    send({ kind: 'error', id, code, message })
  }
}

function buffersOf(output: StoreCalls[StoreCall]['output']): readonly ArrayBuffer[] {
  if (output === undefined || !('numbers' in output)) return []
  return output.numbers.flatMap(({ buffer }) => (buffer instanceof ArrayBuffer ? [buffer] : []))
}
