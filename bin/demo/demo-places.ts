// What the city of the demo has entered of its public places: drawn at the sites of the demo, and marked as such in every row.
import { accessPoints, cabinets, lakeside } from '../../firmware-bridge/simulators/kimitsu.ts'
import { demoTenant, lakesidePeople } from './gateway-files.ts'

const requestLimitMs = 10_000
const note = 'デモ用の架空データ（実在の施設・設備の情報ではありません）'

/** Those of them at which people could gather. */
const gathering = new Set(['community', 'sports', 'library'])

/** The lamps of a cabinet stand along a street from it, as far apart as security lights usually are. Drawn, as their cabinets are. */
function lampPosition({ lat, lon }: Position, index: number): Position {
  const alongM = 35 * (index + 1)
  return { lat: lat + (alongM * 0.35) / 111_200, lon: lon + (alongM * 0.94) / 90_700 }
}

interface Position {
  readonly lat: number
  readonly lon: number
}

interface DemoList {
  readonly kind: string
  readonly csv: string
}

function demoLists(): readonly DemoList[] {
  const place = (name: string, { lat, lon }: Position) => `デモ ${name},${lat.toFixed(6)},${lon.toFixed(6)},${note}`
  const gatherings = accessPoints.filter((point) => gathering.has(point.place))
  const wifi = accessPoints.map(({ id, name, position }) => `demo-${id},${place(name.ja, position)},musubi-demo-wifi`)
  const shelters = gatherings.map(({ id, name, position, peakClients }) => {
    return `demo-${id},${place(name.ja, position)},1,1,${peakClients * 4}`
  })
  const facilities = gatherings.map(({ id, name, position }) => `demo-${id},${place(name.ja, position)},09:00,17:00`)
  const lamps = cabinets.flatMap(({ id, name, position, ratedW }) =>
    ratedW.map(
      (watts, index) =>
        `demo-${id}-${index + 1},${place(`${name.ja} ${index + 1}`, lampPosition(position, index))},LED灯,${watts}W`,
    ),
  )
  return [
    { kind: 'wifi', csv: ['ID,名称,緯度,経度,備考,SSID', ...wifi].join('\r\n') },
    {
      kind: 'shelter',
      csv: ['ID,名称,緯度,経度,備考,災害種別_洪水,災害種別_地震,想定収容人数', ...shelters].join('\r\n'),
    },
    { kind: 'facility', csv: ['ID,名称,緯度,経度,備考,開始時間,終了時間', ...facilities].join('\r\n') },
    { kind: 'streetlight', csv: ['ID,管理番号1,緯度,経度,備考,光源,灯具明るさ', ...lamps].join('\r\n') },
  ]
}

/** Published in the demo: the lists, and the weather of the paddies, whose farmers keep their water to themselves. */
const publicSeries = ['air-temperature', 'humidity', 'wind-speed', 'rain-accumulation'].map(
  (channel) => `${demoTenant}/paddy-koito/wxt530:${channel}`,
)

/** Places of the demo that are watched; nobody has counted there yet, so that nothing is estimated. */
const watched = accessPoints.filter(({ id, place }) => place === 'sports' || id === lakeside)

/** Shelters by their access points, the lakeside by its camera too. */
function crowdingOf({ id, name, position, peakClients }: (typeof accessPoints)[number]): object {
  return {
    name: { ja: `デモ ${name.ja}`, en: `Demo ${name.en}` },
    position,
    capacity: peakClients * 4,
    kind: id === lakeside ? 'spot' : 'shelter',
    clients: [`${demoTenant}/wifi-city/${id}:clients`],
    ...(id === lakeside ? { cameras: [`${demoTenant}/wifi-city/${lakesidePeople}:people`] } : {}),
    public: true,
  }
}

/** Enters what nobody has entered yet; a hub that asks for a sign-in is left alone. */
export async function setDemoPlaces(httpPort: number): Promise<void> {
  const hub = `http://127.0.0.1:${httpPort}/api/v1`
  const signal = () => AbortSignal.timeout(requestLimitMs)
  const known = await fetch(`${hub}/publications`, { signal: signal() })
  if (!known.ok) return
  const { lists } = (await known.json()) as { readonly lists: readonly object[] }
  // Whoever has decided something of it is not overruled.
  if (lists.length > 0) return
  const put = (path: string, body: object) =>
    fetch(`${hub}/publications/${path}`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      signal: signal(),
    })
  for (const { kind, csv } of demoLists()) {
    const query = `tenant=${demoTenant}&kind=${kind}`
    const headers = { 'content-type': 'text/csv' }
    await fetch(`${hub}/places/import?${query}`, { method: 'POST', headers, body: csv, signal: signal() })
    await put(`lists/${demoTenant}/${kind}`, { public: true })
  }
  for (const point of watched) {
    await fetch(`${hub}/crowding/${demoTenant}/demo-${point.id}`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(crowdingOf(point)),
      signal: signal(),
    })
  }
  for (const key of publicSeries) {
    await put(`series/${encodeURIComponent(key)}`, { public: true, delayMin: 1, placeDecimals: 2 })
  }
}
