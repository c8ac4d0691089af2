import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { run as runCa } from '../../bin/commands/ca.ts'
import type { SignedRecord } from '../../broker/contract/commissioning-record.ts'
import { createHub, type HubUnderTest } from '../faults/hub-under-test.ts'
import { checksOf, createSigner, type Signer } from './signed-checks.ts'

let folder: string
let hub: HubUnderTest
let signer: Signer

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'musubi-installations-'))
  hub = await createHub(join(folder, 'hub'))
  signer = await createSigner(join(folder, 'hub', 'authority'), join(folder, 'paddy-7'), 'paddy-7')
})

afterAll(async () => {
  await hub?.end('SIGKILL')
  await rm(folder, { recursive: true, force: true })
})

interface Answer {
  readonly status: number
  readonly body: Readonly<Record<string, unknown>>
}

async function post(body: object): Promise<Answer> {
  const response = await fetch(`http://127.0.0.1:${hub.httpPort}/api/v1/installations`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  return { status: response.status, body: (await response.json()) as Answer['body'] }
}

function bodyOf(record: SignedRecord, change: object = {}): object {
  return {
    id: randomUUID(),
    kind: 'new',
    engineer: '佐藤',
    signedOff: Date.now(),
    place: { name: '小糸 7号田', lat: 35.29, lon: 139.95, source: 'gps', accuracyM: 6 },
    record,
    ...change,
  }
}

describe('POST /api/v1/installations', () => {
  it('takes what a gateway signed, once, however often it is sent and over a restart of the hub', async () => {
    const body = bodyOf(await signer.sign(checksOf('paddy-7')))
    expect((await post(body)).status).toBe(201)
    expect((await post(body)).status).toBe(200)
    await hub.end('SIGKILL')
    await hub.start()
    const again = await post(body)
    expect(again.status).toBe(200)
    expect(again.body).toMatchObject({ gateway: 'kimitsu/paddy-7', engineer: '佐藤', results: { passed: true } })
    expect(again.body).not.toHaveProperty('checks')
    const one = await hub.get(`/api/v1/installations/${String(again.body['id'])}`)
    expect(await one.json()).toMatchObject({
      checks: { devices: [{ id: 'level-1', readings: [{ channel: 'water-level', value: 0.06 }] }] },
      record: { signature: expect.any(String) as string },
    })
    const list = (await (await hub.get('/api/v1/installations?gateway=kimitsu/paddy-7')).json()) as { items: object[] }
    expect(list.items).toHaveLength(1)
    expect(await (await hub.get('/api/v1/installations?gateway=kimitsu/other')).json()).toEqual({ items: [] })
  })

  it('refuses other contents under the same id, and the same checks for another installation', async () => {
    const record = await signer.sign(checksOf('paddy-7'))
    const body = bodyOf(record)
    expect((await post(body)).status).toBe(201)
    expect((await post({ ...body, engineer: '鈴木' })).body).toMatchObject({
      code: 'installation.conflict',
      status: 409,
    })
    expect((await post(bodyOf(record))).body).toMatchObject({ code: 'installation.conflict', status: 409 })
  })

  it('refuses a record that was changed, signed by a stranger, by another gateway or by a revoked one', async () => {
    const signed = await signer.sign(checksOf('paddy-7', { passed: false }))
    const forged = Buffer.from(JSON.stringify(checksOf('paddy-7'))).toString('base64url')
    expect((await post(bodyOf({ ...signed, record: forged }))).body).toMatchObject({
      code: 'identity.invalid',
      status: 403,
    })
    const stranger = await createSigner(join(folder, 'foreign-ca'), join(folder, 'foreign'), 'paddy-7')
    expect((await post(bodyOf(await stranger.sign(checksOf('paddy-7'))))).status).toBe(403)
    expect((await post(bodyOf(await signer.sign(checksOf('paddy-8'))))).status).toBe(403)
    const other = await createSigner(join(folder, 'hub', 'authority'), join(folder, 'paddy-9'), 'paddy-9')
    const good = await post(bodyOf(await other.sign(checksOf('paddy-9'))))
    expect(good.status).toBe(201)
    const serial = String(good.body['certificate'])
    await runCa(['revoke', '--data', join(folder, 'hub'), '--serial', serial, '--reason', 'test'])
    expect((await post(bodyOf(await other.sign(checksOf('paddy-9'))))).body).toMatchObject({ status: 403 })
  })

  it('refuses checks of the future and of long ago', async () => {
    const dayMs = 86_400_000
    for (const finishedMs of [Date.now() + dayMs, Date.now() - 91 * dayMs]) {
      const answer = await post(bodyOf(await signer.sign(checksOf('paddy-7', { finishedMs }))))
      expect(answer.status).toBeGreaterThanOrEqual(400)
      expect(answer.status).toBeLessThan(500)
    }
  })

  it('keeps the photo, without what the camera wrote of place and time', async () => {
    const exif = { IFD0: { Make: 'SecretCamera' }, IFD3: { GPSLatitude: '35/1 17/1 24/1', GPSLatitudeRef: 'N' } }
    const picture = sharp({ create: { width: 640, height: 480, channels: 3, background: '#226633' } })
    const jpeg = await picture.withExif(exif).jpeg().toBuffer()
    expect(jpeg.includes('SecretCamera')).toBe(true)
    const taken = await post(bodyOf(await signer.sign(checksOf('paddy-7')), { photo: jpeg.toString('base64') }))
    expect(taken.status).toBe(201)
    const photo = await hub.get(String(taken.body['photo']))
    expect(photo.headers.get('content-type')).toBe('image/jpeg')
    const bytes = Buffer.from(await photo.arrayBuffer())
    expect(bytes.includes('SecretCamera')).toBe(false)
    expect((await sharp(bytes).metadata()).exif).toBeUndefined()
    const noPicture = Buffer.from('this is no picture').toString('base64')
    const refused = await post(bodyOf(await signer.sign(checksOf('paddy-7')), { photo: noPicture }))
    expect(refused.body).toMatchObject({ code: 'image.invalid', status: 422 })
    const large = 'A'.repeat(1_400_004)
    expect((await post(bodyOf(await signer.sign(checksOf('paddy-7')), { photo: large }))).status).toBe(400)
  })

  it('takes a photo away for good: its file goes, and what is sent again does not bring it back', async () => {
    const picture = sharp({ create: { width: 320, height: 240, channels: 3, background: '#662233' } })
    const photo = (await picture.jpeg().toBuffer()).toString('base64')
    const body = bodyOf(await signer.sign(checksOf('paddy-7')), { photo })
    const path = String((await post(body)).body['photo'])
    const remove = () => fetch(`http://127.0.0.1:${hub.httpPort}${path}`, { method: 'DELETE' })
    expect((await hub.get(path)).status).toBe(200)
    expect((await remove()).status).toBe(204)
    expect((await hub.get(path)).status).toBe(404)
    expect((await remove()).status).toBe(404)
    expect(await post(body)).toMatchObject({ status: 200, body: { photo: null } })
    expect((await hub.get(path)).status).toBe(404)
  })

  it('takes a replaced device only where that device passed through the checks', async () => {
    const right = { kind: 'replaced-device', replaced: { device: 'level-1', oldSerial: 'A1', newSerial: 'B2' } }
    const taken = await post(bodyOf(await signer.sign(checksOf('paddy-7')), right))
    expect(taken.body).toMatchObject({ kind: 'replaced-device', replaced: { device: 'level-1', newSerial: 'B2' } })
    const unknown = { kind: 'replaced-device', replaced: { device: 'level-2' } }
    expect((await post(bodyOf(await signer.sign(checksOf('paddy-7')), unknown))).status).toBe(400)
    expect((await post(bodyOf(await signer.sign(checksOf('paddy-7')), { kind: 'replaced-device' }))).status).toBe(400)
  })
})
