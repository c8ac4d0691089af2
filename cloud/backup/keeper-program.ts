// A process of its own in which the files of a back-up are copied and hashed, beside a hub that has other things to do. It does one
// request after the other, and ends with the hub.
import { setPriority } from 'node:os'
import { toAppError } from '../../broker/contract/app-error.ts'
import { targetFault } from '../store/copy-fault.ts'
import { FileKeeper } from './file-keeper.ts'
import type { KeeperReply, KeeperRequest } from './keeper-process.ts'

const priority = 10
const reportEveryMs = 500
let keeper: FileKeeper | undefined
let reportedMs = 0

const send = (reply: KeeperReply) => process.send?.(reply)

async function answer(request: KeeperRequest): Promise<KeeperReply> {
  if (request.kind === 'begin') keeper = new FileKeeper(request.task)
  if (keeper === undefined) throw new Error('nothing was begun')
  switch (request.kind) {
    case 'begin':
      return { kind: 'measured', ...(await keeper.measure()) }
    case 'gather':
      await keeper.gather((soFar) => {
        if (performance.now() - reportedMs < reportEveryMs) return
        reportedMs = performance.now()
        send({ kind: 'progress', ...soFar })
      })
      return { kind: 'gathered' }
    case 'seal':
      await keeper.seal(request.paths)
      return { kind: 'gathered' }
    case 'finish':
      return { kind: 'finished', ...(await keeper.finish()) }
    default:
      return request satisfies never
  }
}

try {
  setPriority(priority)
} catch {
  // Not every system lets it.
}
process.on('disconnect', () => process.exit())
process.on('message', (request: KeeperRequest) => {
  answer(request).then(send, (thrown: unknown) => {
    const { code, message } = toAppError(targetFault(thrown), 'backup.target')
    send({ kind: 'failed', code, message })
  })
})
