// The memory card of the demo's drone: two flights over two of the paddies in the last season, drawn once and taken by the gateway as any card is.
import { access, mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { flyOver } from '../../firmware-bridge/simulators/drone/paddy-flight.ts'
import { fieldSeed, paddies } from '../../firmware-bridge/simulators/kimitsu.ts'

/** Local time of each flight, and how far the rice had closed by then. */
const flights = [
  { day: '06-14T09:12:05', cover: 0.2 },
  { day: '07-15T09:40:20', cover: 0.5 },
] as const

/** Those that were flown over; of the others the screens say that there is no flight yet. */
const flown = [
  { id: 'koito-1', poor: { along: 0.82, across: 0.3, loss: 0.55 } },
  { id: 'koito-2', poor: { along: 0.2, across: 0.7, loss: 0.3 } },
] as const

/** The year of the last season of which both flights are past. */
function seasonYear(nowMs: number): number {
  const year = new Date(nowMs + 9 * 3_600_000).getUTCFullYear()
  return Date.parse(`${year}-07-16T00:00:00+09:00`) < nowMs ? year : year - 1
}

/** The folder of the card. Drawn at the first start, in less than a second; whole or not at all. */
export async function droneCard(gatewayFolder: string, nowMs: number): Promise<string> {
  const card = join(gatewayFolder, 'drone-card')
  if (await exists(card)) return card
  const begun = `${card}.part`
  await rm(begun, { recursive: true, force: true })
  await mkdir(begun, { recursive: true })
  const fields = flown.flatMap(({ id, poor }) => {
    const paddy = paddies.find((one) => one.id === id)
    return paddy === undefined ? [] : [{ id, area: paddy.area, poor }]
  })
  for (const { day, cover } of flights) {
    const timeMs = Date.parse(`${seasonYear(nowMs)}-${day}+09:00`)
    for (const { name, jpeg } of await flyOver({ seed: fieldSeed, fields, timeMs, cover })) {
      await writeFile(join(begun, name), jpeg)
    }
  }
  await rename(begun, card)
  return card
}

async function exists(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  )
}
