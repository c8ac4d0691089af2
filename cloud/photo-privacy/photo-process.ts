// The process in which citizens' photos are decoded and covered: a hostile picture can end it, but never the hub.
import { writeFileSync } from 'node:fs'
import { flushCompileCache } from 'node:module'
import { setPriority } from 'node:os'
import { toAppError } from '../../broker/contract/app-error.ts'
import { isImagePackage } from '../../models/model-package.ts'
import { loadPackage } from '../../models/package.ts'
import { openPhotoCover, type PhotoCover } from '../../models/photo-privacy/photo-cover.ts'
import { refusal } from '../../models/refusal.ts'
import type { PhotoReply, PhotoRequest } from './photo-messages.ts'

const [folder = ''] = process.argv.slice(2)

giveWay()
// Without its hub it has nothing to do.
process.once('disconnect', () => process.exit(0))
const opened = await open().catch((thrown: unknown) => toAppError(thrown, 'model.invalid').message)
if (typeof opened !== 'string') {
  process.on('message', (request: PhotoRequest) => {
    void answered(opened, request).then(tell)
  })
}
flushCompileCache()
tell(typeof opened === 'string' ? { kind: 'ready', refusal: opened } : { kind: 'ready' })

async function open(): Promise<PhotoCover> {
  const model = await loadPackage(folder)
  const { manifest } = model
  if (!isImagePackage(model) || manifest.task !== 'photo-privacy')
    throw refusal('bad-schema', `a package of the task ${manifest.task} covers no photos`)
  return await openPhotoCover({ ...model, manifest })
}

async function answered(cover: PhotoCover, { run, bytes }: PhotoRequest): Promise<PhotoReply> {
  try {
    const result = await cover.cover(bytes)
    return { kind: 'result', run, result, rssBytes: process.memoryUsage.rss() }
  } catch (thrown) {
    const { code, message } = toAppError(thrown, 'model.failed')
    return { kind: 'failed', run, code, message, rssBytes: process.memoryUsage.rss() }
  }
}

/** A hub that has gone needs no answer. */
function tell(reply: PhotoReply): void {
  process.send?.(reply, undefined, {}, () => undefined)
}

/** Readings go first; and where memory runs out, Linux ends this process before the hub. */
function giveWay(): void {
  try {
    setPriority(5)
    writeFileSync('/proc/self/oom_score_adj', '500')
  } catch {
    // Another system, or a container that forbids it: then all processes are alike.
  }
}
