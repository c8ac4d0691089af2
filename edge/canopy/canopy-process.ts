// The process that analyses one flight and ends: hundreds of large images through a model beside an agent that must not wait.
import { readFile } from 'node:fs/promises'
import { setPriority } from 'node:os'
import { AppError, toAppError } from '../../broker/contract/app-error.ts'
import { canopyEvent } from '../../models/canopy/canopy-event.ts'
import { coverChange, meansOf } from '../../models/canopy/cover-change.ts'
import { analyseFlight, type FlightAnalysis } from '../../models/canopy/flight-analysis.ts'
import { cellCentre } from '../../models/canopy/ground-grid.ts'
import { polygonHolds } from '../../broker/contract/plane-geometry.ts'
import { createImageSession } from '../../models/vision/image-session.ts'
import { checkPackages, type PackageTrust } from '../checks/checked-package.ts'
import { createCoverStore } from './cover-store.ts'
import type { ListedImage } from './flight-list.ts'
import type { CanopyOutcome, CanopyRequest, Field } from './messages.ts'

const [trustWord = '{}', folder = ''] = process.argv.slice(2)
const niceness = 15

try {
  setPriority(niceness)
} catch {
  // A system that does not let it: it runs all the same.
}
// Without its agent it has nothing to do.
process.once('disconnect', () => process.exit(0))
process.once('message', (request: CanopyRequest & { readonly run: number }) => {
  analysed(request)
    .then((result) => tell({ kind: 'result', run: request.run, result }))
    .catch((thrown: unknown) => {
      const { code, message } = toAppError(thrown, 'model.failed')
      tell({ kind: 'failed', run: request.run, code, message })
    })
})

function tell(reply: object): void {
  process.send?.(reply, undefined, {}, () => undefined)
}

async function analysed(request: CanopyRequest): Promise<CanopyOutcome> {
  const began = performance.now()
  const { manifest, model } = await openPackage()
  const session = await createImageSession({ model, input: manifest.input, outputs: manifest.outputs })
  const { flight, images, fields, cellM, folder } = request
  const asked = images.map((image) => ({ facts: image.facts, read: () => originalOf(image) }))
  const found = await analyseFlight({ images: asked, session, thresholds: manifest.thresholds, cellM })
  await session.close()
  if (found === undefined || found.cells.length === 0) return { nothing: 'no-place' }
  const cover = {
    timeMs: found.timeMs,
    model: `${manifest.id} ${manifest.version}`,
    grid: found.grid,
    cells: found.cells,
  }
  const store = createCoverStore(folder)
  const before = await store.before(flight, cover)
  const whole = { ...found, cells: before === undefined ? found.cells : coverChange(found.cells, before).cells }
  await store.keep(flight, { ...cover, cells: whole.cells })
  const head = { flight, model: { id: manifest.id, version: manifest.version }, latencyMs: performance.now() - began }
  return { events: perField(whole, fields).map(([source, part]) => canopyEvent(part, { ...head, source })) }
}

async function openPackage() {
  const [checked] = await checkPackages([folder], JSON.parse(trustWord) as PackageTrust)
  if (checked === undefined || 'refusal' in checked) throw new AppError('model.invalid', checked?.refusal ?? folder)
  const { manifest, model } = checked.model
  if (manifest.task !== 'segmentation' || manifest.subject !== 'canopy')
    throw new AppError('model.invalid', `${manifest.id} is no canopy model`)
  return { manifest, model }
}

/** The copy in the spool is deleted once the hub has the image; then the card may still have it. */
async function originalOf({ path, copy }: ListedImage): Promise<Uint8Array> {
  if (copy === undefined) return readFile(path)
  return readFile(copy).catch(() => readFile(path))
}

/** The cells of each field that was seen; all of them under the name of the flight where they lie in none. */
function perField(found: FlightAnalysis, fields: readonly Field[]): readonly (readonly [string, FlightAnalysis])[] {
  const parts = fields.flatMap(({ id, rings }) => {
    const cells = found.cells.filter((cell) => polygonHolds(rings, cellCentre(found.grid, cell)))
    if (cells.length === 0) return []
    const changes = cells.flatMap(({ change }) => (change === undefined ? [] : [change]))
    const change = changes.length === 0 ? undefined : { cells: changes.length, mean: meansOf(changes) }
    return [[id, { ...found, cells, means: meansOf(cells.map(({ values }) => values)), change }] as const]
  })
  return parts.length > 0 ? parts : [['flight', found]]
}
