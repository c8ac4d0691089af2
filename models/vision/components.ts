// The connected pieces of a mask: what is too small is dropped, what stays gets a box and a peak score.
import type { Size } from './image-decoder.ts'

/** Scores 0..1, rows from the top. */
export interface ScoreMap extends Size {
  readonly values: Float32Array
}

/** In pixels of the map; `right` and `bottom` are the first pixels outside. */
export interface Piece {
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
  const seen = new Uint8Array(width * height)
  const stack: number[] = []
  const pieces: Piece[] = []
  for (let start = 0; start < values.length; start += 1) {
    if (seen[start] === 1 || (values[start] as number) < threshold) continue
    const members: number[] = []
    stack.push(start)
    seen[start] = 1
    for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
      members.push(at)
      const [x, y] = [at % width, Math.floor(at / width)]
      for (let ny = Math.max(0, y - 1); ny <= Math.min(height - 1, y + 1); ny += 1) {
        for (let nx = Math.max(0, x - 1); nx <= Math.min(width - 1, x + 1); nx += 1) {
          const next = ny * width + nx
          if (seen[next] === 1 || (values[next] as number) < threshold) continue
          seen[next] = 1
          stack.push(next)
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
