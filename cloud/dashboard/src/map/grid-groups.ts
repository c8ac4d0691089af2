// Groups thousands of marks by the cells of a grid on the screen, for a browser whose map cannot do it: one pass, whatever their number.
import type { Surface } from './surface.ts'
import { type Mark, type SeenMark, stateOrder, stateRank } from './marks.ts'

/** As wide as a group's marker and a little. */
const cellPx = 52
const marginPx = 30

/** What of the marks is in the window, a group for each cell with more than one. The cells lie still while the map moves. */
export function groupByGrid(marks: readonly Mark[], surface: Pick<Surface, 'project' | 'size'>): readonly SeenMark[] {
  const { width, height } = surface.size()
  const origin = surface.project({ lat: 35, lon: 140 })
  const cells = new Map<string, { x: number; y: number; rank: number; readonly members: Mark[] }>()
  for (const mark of marks) {
    const { x, y } = surface.project(mark.position)
    if (x < -marginPx || y < -marginPx || x > width + marginPx || y > height + marginPx) continue
    const key = `${Math.floor((x - origin.x) / cellPx)} ${Math.floor((y - origin.y) / cellPx)}`
    const cell = cells.get(key) ?? { x: 0, y: 0, rank: 0, members: [] }
    cell.x += x
    cell.y += y
    cell.rank = Math.max(cell.rank, stateRank(mark.state))
    cell.members.push(mark)
    cells.set(key, cell)
  }
  return [...cells].map(([key, { x, y, rank, members }]): SeenMark => {
    const count = members.length
    const [only] = members
    return {
      key: count === 1 && only !== undefined ? only.id : `group ${key}`,
      at: { x: x / count, y: y / count },
      state: stateOrder[rank] ?? 'info',
      count,
      id: count === 1 ? only?.id : undefined,
      members: (most) => Promise.resolve(members.slice(0, most).map(({ id }) => id)),
    }
  })
}
