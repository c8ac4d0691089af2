// A roll-out in one run: many gateways from one table, by the labels of one sheet, at a hub that is running.
import { X509Certificate } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { systemClock } from '../../broker/contract/ports.ts'
import { generateKeyPair, privateKeyPem } from '../../provisioning/certificates.ts'
import { readClaimText } from '../../provisioning/est/claim-text.ts'
import { EnrolmentStore } from '../../provisioning/est/enrolment-store.ts'
import { enrol } from '../../provisioning/est/est-client.ts'
import { checkGatewayCredentials } from '../../provisioning/identity/gateway-credentials.ts'
import { type EnrollingHub, openEnrollingHub, tenant } from './enrolling-hub.ts'
import { codesOfSheet } from './sheet-codes.ts'

/** `npm run test:faults` enrols a thousand. */
const gateways = Number(process.env['MUSUBI_ENROLMENTS'] ?? 200)
/** Gateways that enrol at the same time. */
const atOnce = 16
let place: EnrollingHub

beforeEach(async () => {
  place = await openEnrollingHub('musubi-thousand-')
})

afterEach(() => place.close())

function importTable(): Promise<string> {
  const { folder, data, address } = place
  const flags = ['--data', data, '--tenant', tenant, '--hub', address, '--labels', join(folder, 'labels.pdf')]
  return place.command('claim', 'import', join(folder, 'gateways.csv'), ...flags)
}

/** A new key each time, so that a claim is never used twice by the same one. */
async function enrolWith(code: string) {
  const text = readClaimText(code)
  const credentials = await enrol(text, privateKeyPem((await generateKeyPair()).privateKey))
  return { text, credentials }
}

describe('a roll-out', () => {
  it(`enrols ${gateways} gateways from one table, each under its own name and once`, { timeout: 240_000 }, async () => {
    const { folder, data } = place
    const rows = Array.from({ length: gateways }, (_, index) => `lamp-${index},${index + 1}番柱,streetlight`)
    await writeFile(join(folder, 'gateways.csv'), `gateway,設置場所,profile\n${rows.join('\n')}\n`)
    expect(await importTable()).toContain(`${gateways} claims made`)
    const codes = codesOfSheet(await readFile(join(folder, 'labels.pdf')))
    expect(codes).toHaveLength(gateways)

    const waiting = [...codes]
    const enrolled: Awaited<ReturnType<typeof enrolWith>>[] = []
    const workers = Array.from({ length: atOnce }, async () => {
      for (let code = waiting.pop(); code !== undefined; code = waiting.pop()) enrolled.push(await enrolWith(code))
    })
    await Promise.all(workers)

    const nowMs = Date.now()
    const names = enrolled.map(({ text, credentials }) => {
      const { identity } = checkGatewayCredentials(credentials, nowMs)
      expect(identity).toEqual(text.identity)
      return identity.gateway
    })
    expect(names.toSorted()).toEqual(rows.flatMap((row) => row.split(',', 1)).toSorted())
    const serials = enrolled.map(({ credentials }) => new X509Certificate(credentials.certificatePem).serialNumber)
    expect(new Set(serials).size).toBe(gateways)

    for (const code of codes.slice(0, 9)) await expect(enrolWith(code)).rejects.toThrow('401')
    const store = new EnrolmentStore(join(data, 'authority'), systemClock)
    try {
      const trail = store.auditTrail(3 * gateways)
      const subjects = (action: string, outcome: string) =>
        trail.filter((entry) => entry.action === action && entry.outcome === outcome).map(({ subject }) => subject)
      const all = names.map((name) => `kimitsu/${name}`).toSorted()
      expect(subjects('claim', 'made').toSorted()).toEqual(all)
      expect(subjects('enrol', 'granted').toSorted()).toEqual(all)
      expect(subjects('enrol', 'used')).toHaveLength(9)
      expect(trail).toHaveLength(2 * gateways + 9)
      expect(store.claims().every(({ usedMs }) => usedMs !== undefined)).toBe(true)
    } finally {
      store.close()
    }
    expect(await importTable()).toBe(
      `0 claims made\n${gateways} are enrolled; \`musubi claim new\` when a unit is replaced`,
    )
  })
})
