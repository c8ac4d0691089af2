// Puts a finding together: boxes and outlines of the pieces, the heat as a coarse grid, and the picture for a person.
import { eventLimits } from '../../broker/contract/event-limits.ts'
import type { Pieces, ScoreMap } from './components.ts'
import { heatCells, heatPng, overlaid, thumbnailJpeg } from './heat-map.ts'
import type { ImageRun } from './graph-runner.ts'
import { maskRings } from './mask-rings.ts'
import type { AnalyseOptions, Finding } from './vision-model.ts'

/** Ids of classes that say that nothing is there, in whatever model. */
export const harmlessClasses: ReadonlySet<string> = new Set(['good', 'ok', 'none', 'background'])

const maxBoxes = 16

interface Read extends Pick<Finding, 'score' | 'class' | 'over' | 'detail'> {
  readonly run: ImageRun
  readonly map: ScoreMap | undefined
  /** What is outlined and boxed; undefined: nothing. */
  readonly pieces: Pieces | undefined
  readonly picture: AnalyseOptions['picture']
  readonly plain?: boolean | undefined
  /** `performance.now()` when the outputs began to be read. */
  readonly began: number
}

export async function findingOf({
  run,
  map,
  pieces,
  picture: choice,
  plain = false,
  began,
  ...read
}: Read): Promise<Finding> {
  const boxes = map === undefined || pieces === undefined ? [] : boxesOf(map, pieces, read.class)
  const mask =
    map === undefined || pieces === undefined || pieces.pieces.length === 0 ? [] : maskRings(pieces.inside, map)
  const heat = map && heatCells(map)
  const drawn = performance.now()
  const isWanted = choice === 'all' || choice === 'png' || (choice === 'over' && read.over)
  const picture = isWanted
    ? await drawnPicture(run, plain ? undefined : map, { pieces, isPng: choice === 'png' })
    : undefined
  const { decodeMs, runMs, joinMs } = run.timings
  return {
    ...read,
    boxes,
    mask: [...mask],
    heat,
    picture,
    width: run.width,
    height: run.height,
    timings: { decodeMs, runMs, readMs: joinMs + drawn - began, pictureMs: performance.now() - drawn },
  }
}

async function drawnPicture(
  { seen, width, height }: ImageRun,
  map: ScoreMap | undefined,
  { pieces, isPng }: { readonly pieces: Pieces | undefined; readonly isPng: boolean },
): Promise<Uint8Array | undefined> {
  const drawn = map === undefined ? seen : overlaid(seen, map, pieces?.inside)
  return isPng ? heatPng(drawn, { width, height }) : thumbnailJpeg(drawn, { width, height })
}

function boxesOf({ width, height }: ScoreMap, { pieces }: Pieces, name: string | null): Finding['boxes'] {
  return pieces.slice(0, Math.min(maxBoxes, eventLimits.boxes)).map(({ left, top, right, bottom, peak }) => ({
    x: left / width,
    y: top / height,
    width: (right - left) / width,
    height: (bottom - top) / height,
    score: peak,
    ...(name === null ? {} : { class: name }),
  }))
}
