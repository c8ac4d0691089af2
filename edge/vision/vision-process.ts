// The process in which images are decoded and judged: a hostile image or a broken model can end it, but never the agent.
import { writeFileSync } from 'node:fs'
import { flushCompileCache } from 'node:module'
import { setPriority } from 'node:os'
import { toAppError } from '../../broker/contract/app-error.ts'
import { openVisionModel } from '../../models/vision/open-vision-model.ts'
import type { VisionModel } from '../../models/vision/vision-model.ts'
import { checkPackages, type PackageTrust } from '../checks/checked-package.ts'
import type { RefusedModel } from '../inference/messages.ts'
import type { VisionReply, VisionRequest, VisionRunReply } from './messages.ts'

const [trustWord = '{}', ...folders] = process.argv.slice(2)
const models = new Map<string, VisionModel>()
const refused: RefusedModel[] = []
/** Their buffers are some 1 MB each for frames of 1 MP; to collect them takes about as long as a decoding. */
const imagesKept = 4
let sinceForgotten = 0

giveWay()
// Without its agent it has nothing to do.
process.once('disconnect', () => process.exit(0))
for (const checked of await checkPackages(folders, JSON.parse(trustWord) as PackageTrust)) {
  const { folder } = checked
  try {
    if ('refusal' in checked) refused.push({ folder, message: checked.refusal })
    else models.set(folder, await openVisionModel(checked.model))
  } catch (thrown) {
    refused.push({ folder, message: toAppError(thrown, 'model.invalid').message })
  }
}
process.on('message', (request: VisionRequest & { readonly run: number }) => {
  void judge(request).then((reply) => {
    tell({ ...reply, rssBytes: process.memoryUsage.rss() })
    forgetImages()
  })
})
// A process that is killed does not fill it.
flushCompileCache()
tell({
  kind: 'ready',
  models: [...models].map(([folder, { description }]) => ({ folder, description })),
  refused,
})

async function judge({
  run,
  folder,
  bytes,
  options,
}: VisionRequest & { readonly run: number }): Promise<VisionRunReply> {
  const model = models.get(folder)
  if (model === undefined) return { kind: 'failed', run, code: 'model.failed', message: `${folder} is not loaded` }
  try {
    return { kind: 'result', run, result: await model.analyse(bytes, options) }
  } catch (thrown) {
    const { code, message } = toAppError(thrown, 'model.failed')
    return { kind: 'failed', run, code, message }
  }
}

/** Of pixels and tensors V8 sees only small handles, and would keep some 60 MB of them before it looks. */
function forgetImages(): void {
  sinceForgotten += 1
  if (sinceForgotten < imagesKept) return
  sinceForgotten = 0
  globalThis.gc?.()
}

/** An agent that has gone needs no answer. */
function tell(reply: VisionReply): void {
  process.send?.(reply, undefined, {}, () => undefined)
}

/** Sampling goes first; and where memory runs out, Linux ends this process before the agent. */
function giveWay(): void {
  try {
    setPriority(5)
    writeFileSync('/proc/self/oom_score_adj', '500')
  } catch {
    // Another system, or a container that forbids it: then all processes are alike.
  }
}
