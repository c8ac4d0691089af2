// From an empty gateway folder and a label to a reading at the hub: by the commands of an engineer, and by nothing but a phone.
import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { parse, stringify } from 'yaml'
import { systemClock } from '../../broker/contract/ports.ts'
import type { SetupDraft } from '../../edge/local-page/setup/setup-draft.ts'
import { serveModbusTcp } from '../../firmware-bridge/simulators/modbus/modbus-server.ts'
import { sparseTable } from '../../firmware-bridge/simulators/modbus/modbus-slave.ts'
import { debianPackage } from '../debian.ts'
import { printLabels, readLabel } from '../field/printed-label.ts'
import { openSetupPhone } from '../field/setup-phone.ts'
import { type Program, startProgram } from '../programs/program.ts'
import { until } from '../programs/until.ts'
import { type EnrollingHub, musubi, openEnrollingHub } from './enrolling-hub.ts'

let place: EnrollingHub

beforeEach(async () => {
  place = await openEnrollingHub('musubi-box-')
})

afterEach(() => place.close())

const enrol = (claim: string, out: string) =>
  place.command('enrol', '--claim', claim, '--out', out, '--mqtts-port', String(place.hub.mqttsPort))

function startGateway(out: string): Program {
  const program = startProgram(['edge', '--config', join(out, 'gateway.yaml')])
  onTestFinished(async () => void (await program.end('SIGKILL')))
  return program
}

async function isOnline(gateway: string): Promise<boolean> {
  const { items } = (await (await place.hub.get('/api/v1/gateways')).json()) as {
    readonly items: readonly { readonly id: string; readonly state: string }[]
  }
  return items.some(({ id, state }) => id === gateway && state === 'online')
}

describe('a gateway out of its box', { timeout: 240_000 }, () => {
  it('is enrolled by its label, runs, and its own health is stored', async () => {
    const { folder, data, hub } = place
    const out = join(folder, 'paddy-7')
    const claim = await place.newClaim('paddy-7')
    expect(claim.length).toBeLessThan(200)
    expect(await enrol(claim, out)).toContain('kimitsu/paddy-7 is enrolled')
    expect((await stat(join(out, 'gateway.key.pem'))).mode & 0o777).toBe(0o600)
    const file = join(out, 'gateway.yaml')
    const first = parse(await readFile(file, 'utf8')) as object
    await writeFile(file, stringify({ ...first, health: { intervalS: 1 } }))
    startGateway(out)
    await until('the gateway at the hub', 60_000, async () => (await isOnline('kimitsu/paddy-7')) || undefined)
    const readings = await until('readings of its health', 30_000, async () => {
      const stored = await hub.goodReadings('kimitsu/paddy-7/gateway:outbox-messages')
      return stored.length > 0 ? stored : undefined
    })
    expect(readings[0]?.value).toBeGreaterThanOrEqual(0)
    expect(await place.command('claim', 'list', '--data', data)).toMatch(/kimitsu\/paddy-7\tused/)
    expect(await place.command('claim', 'audit', '--data', data)).toMatch(/enrol\tgranted\tkimitsu\/paddy-7/)
  })

  it('is told in one line why a label is not taken, and keeps the key for the next try', async () => {
    const { folder } = place
    const out = join(folder, 'paddy-8')
    const claim = await place.newClaim('paddy-8')
    await enrol(claim, out)
    const key = await readFile(join(out, 'gateway.key.pem'), 'utf8')
    await enrol(claim, out)
    expect(await readFile(join(out, 'gateway.key.pem'), 'utf8')).toBe(key)
    await expect(enrol(claim, join(folder, 'thief'))).rejects.toThrow(/401.*identity\.invalid/)
    await expect(enrol('https://example.com', out)).rejects.toThrow(/no claim of Musubi.*identity\.invalid/)
    await expect(enrol(claim.replace(/f=[^&]*/, `f=${'A'.repeat(43)}`), out)).rejects.toThrow(
      'not the hub of this label',
    )
  })

  it.skipIf(!debianPackage('poppler-utils'))(
    'is set up by a phone that sees the print of its label, to the first reading',
    async () => {
      const { folder, data, hub, address } = place
      const [picture] = await printLabels({
        musubi,
        data,
        hub: address,
        tenant: 'kimitsu',
        gateways: ['paddy-9'],
        folder,
      })
      const claim = await readLabel(picture!)
      // A probe in 6.0 cm of water.
      const registers = new Map([1, 3, 8, 1, 600, 0, 148, 500].entries())
      const slaves = new Map([[1, { holding: sparseTable(registers) }]])
      const probe = await serveModbusTcp({ slaves, clock: systemClock, framing: 'tcp', port: 0 })
      onTestFinished(() => probe.close())
      const out = join(folder, 'paddy-9')
      const gateway = startProgram([
        'setup',
        out,
        '--host',
        '127.0.0.1',
        '--port',
        '0',
        '--mqtts-port',
        String(hub.mqttsPort),
      ])
      onTestFinished(async () => void (await gateway.end('SIGKILL')))

      const { port } = await gateway.logged('the setup page is open')
      const phone = openSetupPhone(`http://127.0.0.1:${String(port)}`)
      expect(await phone.load()).toBeGreaterThan(3)
      expect(await phone.claim(claim)).toBe('kimitsu/paddy-9')
      expect(await phone.profiles()).toContain('qdy30a-level-temperature')
      const draft: SetupDraft = {
        name: '小糸 9号田',
        kind: 'paddy',
        position: { lat: 35.29, lon: 139.95 },
        devices: [
          {
            profile: 'qdy30a-level-temperature',
            type: 'modbus-tcp',
            settings: { host: '127.0.0.1', port: probe.port },
            address: { unitId: 1 },
            intervalS: 1,
          },
        ],
      }
      expect(await phone.try(draft)).toMatchObject([{ state: 'ok' }])
      await phone.finish(draft, 'kusa-to-mizu')
      const readings = await until('the first reading', 60_000, async () => {
        const stored = await hub.goodReadings('kimitsu/paddy-9/qdy30a-level-temperature-1:water-level')
        return stored.length > 0 ? stored : undefined
      })
      expect(readings[0]?.value).toBe(0.06)
    },
  )
})
