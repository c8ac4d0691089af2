// What the people of the demo have told of the paddies, the street lights and the access points, entered over the API as a person would, so that the hub can advise.
import { Type } from 'typebox'
import { Value } from 'typebox/value'
import { paddies } from '../../firmware-bridge/simulators/kimitsu.ts'
import { demoTenant } from './gateway-files.ts'

const Kept = Type.Object({ revision: Type.Integer() })
const requestLimitMs = 5_000

/** The crop of the year's season; dates that are still to come are not entered. The probes show depth above the soil. */
function settingsAt(nowMs: number): object {
  const local = new Date(nowMs + 9 * 3_600_000)
  // Before March the last season is the newest.
  const year = local.getUTCMonth() < 2 ? local.getUTCFullYear() - 1 : local.getUTCFullYear()
  const today = local.toISOString().slice(0, 10)
  const past = (date: string) => `${year}-${date}` <= today
  return {
    cultivar: 'koshihikari',
    transplanted: `${year}-05-03`,
    soil: 'loam',
    depthZeroM: 0,
    winterDepthM: 0.06,
    ...(past('07-24') ? { headed: `${year}-07-24` } : {}),
    ...(past('09-02') ? { harvested: `${year}-09-02` } : {}),
  }
}

/** Enters what nobody has entered yet. Gives the number of fields that were set; a hub that asks for a sign-in is left alone. */
export async function setDemoFields(httpPort: number, nowMs: number): Promise<number> {
  let set = 0
  for (const { id } of paddies) {
    const site = encodeURIComponent(`${demoTenant}/paddy-koito/${id}`)
    const url = `http://127.0.0.1:${httpPort}/api/v1/field-settings/${site}`
    const known = await fetch(url, { signal: AbortSignal.timeout(requestLimitMs) })
    if (!known.ok || Value.Parse(Kept, await known.json()).revision > 0) continue
    const answer = await fetch(url, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(settingsAt(nowMs)),
      signal: AbortSignal.timeout(requestLimitMs),
    })
    if (answer.ok) set += 1
  }
  return set
}

/** Of the whole city: an example of a tariff, marked as one that nobody has checked, and what an access point carries. */
const infrastructure = {
  tariff: {
    yenPerKwh: 31,
    source: 'デモ用の例（実際の契約単価ではありません） / an example, no real contract',
    verified: false,
  },
  capacityClients: 60,
}

/** Sets what nobody has set yet; a hub that asks for a sign-in is left alone. */
export async function setDemoInfrastructure(httpPort: number): Promise<void> {
  const url = `http://127.0.0.1:${httpPort}/api/v1/infrastructure-settings/${demoTenant}`
  const known = await fetch(url, { signal: AbortSignal.timeout(requestLimitMs) })
  if (!known.ok || Value.Parse(Kept, await known.json()).revision > 0) return
  await fetch(url, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(infrastructure),
    signal: AbortSignal.timeout(requestLimitMs),
  })
}
