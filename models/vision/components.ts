// The connected pieces of a mask: what is too small is dropped, what stays gets a box and a peak score.
import type { Size } from './image-decoder.ts'

/** Scores 0..1, rows from the top. */
export interface ScoreMap extends Size {
  readonly values: Float32Array
}

/** In pixels of the map; `right` and `bottom` are the first pixels outside. */
interface Piece {
  readonly left: number
  readonly top: number
  readonly right: number
  readonly bottom: number
  readonly areaPx: number
  readonly peak: number
}

export interface Pieces {
  /** 1 where a pixel belongs to a piece that was kept. */
  readonly inside: Uint8Array
  /** Largest area first. */
  readonly pieces: readonly Piece[]
}

/** Pieces of pixels at `threshold` or above that touch by a side or a corner, at least `minAreaPx` large. */
export function findPieces({ width, height, values }: ScoreMap, threshold: number, minAreaPx = 1): Pieces {
  const inside = new Uint8Array(width * height)
  /** 1: to look at. A pixel is put on the stack once. */
  const open = new Uint8Array(values.length)
  for (let at = 0; at < values.length; at += 1) if ((values[at] as number) >= threshold) open[at] = 1
  const members: number[] = []
  const pieces: Piece[] = []
  for (let start = open.indexOf(1); start >= 0; start = open.indexOf(1, start + 1)) {
    members.length = 0
    members.push(start)
    open[start] = 0
    for (let next = 0; next < members.length; next += 1) {
      const at = members[next] as number
      const x = at % width
      const [left, right] = [x === 0 ? 0 : -1, x === width - 1 ? 0 : 1]
      for (let line = at - width; line <= at + width; line += width) {
        for (let near = line + left; near <= line + right; near += 1) {
          // Outside the map there is no value, which is not 1.
          if (open[near] !== 1) continue
          open[near] = 0
          members.push(near)
        }
      }
    }
    if (members.length < minAreaPx) continue
    for (const at of members) inside[at] = 1
    pieces.push(pieceOf(members, width, values))
  }
  return { inside, pieces: pieces.sort((a, b) => b.areaPx - a.areaPx) }
}

function pieceOf(members: readonly number[], width: number, values: Float32Array): Piece {
  let [left, top, right, bottom, peak] = [Infinity, Infinity, 0, 0, 0]
  for (const at of members) {
    const [x, y] = [at % width, Math.floor(at / width)]
    left = Math.min(left, x)
    top = Math.min(top, y)
    right = Math.max(right, x + 1)
    bottom = Math.max(bottom, y + 1)
    peak = Math.max(peak, values[at] as number)
  }
  return { left, top, right, bottom, areaPx: members.length, peak }
}
