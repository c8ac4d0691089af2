// A real hub and the folders of gateways that take desired state from it, for tests over the wire; deployed to as a person does.
import { execFile } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { stringify } from 'yaml'
import { run as runCa } from '../../bin/commands/ca.ts'
import { signDesiredState } from '../../broker/contract/deployment-signature.ts'
import type { Artefact, DesiredState, ReportedState } from '../../broker/contract/desired-state.ts'
import type { RolloutItem } from '../../cloud/deployments/deployment-schemas.ts'
import { createHub, type HubUnderTest } from '../faults/hub-under-test.ts'
import { until } from '../programs/until.ts'

const musubi = fileURLToPath(new URL('../../bin/musubi.ts', import.meta.url))
const tenant = 'kimitsu'

/** Of a new set, for the tests. */
const probationS = 5

export interface FleetHub {
  /** Goes when it is closed; holds the keys deploy.pem and stranger.pem, of which gateways know the first. */
  readonly folder: string
  readonly hub: HubUnderTest
  /** Makes the folder of a gateway: certificate, trusted key, gateway.yaml with `config` in it. Returns the folder. */
  addGateway(gateway: string, config: object): Promise<string>
  json<T>(path: string): Promise<T>
  /** What `{tenant}/{gateway}` said last of what it runs. */
  reported(id: string): Promise<ReportedState | undefined>
  /** `musubi deploy WORDS`; resolves with its output, rejects where it ends with another code than 0. */
  deploy(...words: readonly string[]): Promise<string>
  /** A fleet file; `template`: what gateways are configured by. */
  fleetFile(fleet: object, template?: object): Promise<string>
  /** Returns the id of the roll-out. */
  push(fleetFile: string, key?: string): Promise<string>
  /** Uploads an artefact of any bytes and offers it to one gateway, past the checks of `musubi deploy`. Returns the id of the roll-out. */
  pushRaw(id: string, item: Artefact, content: Uint8Array, key?: string): Promise<string>
  untilOver(rollout: string): Promise<RolloutItem>
  close(): Promise<void>
}

export async function openFleetHub(prefix: string): Promise<FleetHub> {
  const folder = await mkdtemp(join(tmpdir(), prefix))
  const hub = await createHub(join(folder, 'hub'))
  const url = `http://127.0.0.1:${hub.httpPort}`
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  await writeFile(join(folder, 'deploy.pem'), privateKey.export({ type: 'pkcs8', format: 'pem' }))
  const stranger = generateKeyPairSync('ed25519').privateKey
  await writeFile(join(folder, 'stranger.pem'), stranger.export({ type: 'pkcs8', format: 'pem' }))
  let fleets = 0
  const json = async <T>(path: string): Promise<T> => (await (await hub.get(`/api/v1${path}`)).json()) as T
  const deploy = async (...words: readonly string[]): Promise<string> => {
    const { stdout } = await promisify(execFile)(process.execPath, [musubi, 'deploy', ...words])
    return stdout
  }
  return {
    folder,
    hub,
    json,
    deploy,
    async addGateway(gateway, config) {
      const place = join(folder, gateway)
      await mkdir(place)
      await writeFile(join(place, 'deploy.pub'), publicKey.export({ type: 'spki', format: 'pem' }))
      const who = ['--tenant', tenant, '--gateway', gateway]
      await runCa(['issue', 'gateway', '--data', join(folder, 'hub'), ...who, '--out', place])
      const base = { tenant, gateway, ...baseOf(hub), ...config }
      await writeFile(join(place, 'gateway.yaml'), stringify(base))
      return place
    },
    async reported(id) {
      const { items } = await json<{
        readonly items: readonly { readonly gateway: string; readonly reported: ReportedState }[]
      }>('/deployments/gateways')
      return items.find(({ gateway }) => gateway === id)?.reported
    },
    async fleetFile(fleet, template) {
      fleets += 1
      const [path, named] = [join(folder, `fleet-${fleets}.yaml`), `template-${fleets}.yaml`]
      if (template !== undefined) await writeFile(join(folder, named), stringify(template))
      const own = { name: `test ${fleets}`, probationS, ...(template === undefined ? {} : { template: named }) }
      await writeFile(path, stringify({ ...own, ...fleet }))
      return path
    },
    async push(fleetFile, key = 'deploy.pem') {
      const output = await deploy('push', fleetFile, '--hub', url, '--key', join(folder, key), '--by', 'sato')
      return output.split(' ')[0] ?? ''
    },
    async pushRaw(id, item, content, key = 'deploy.pem') {
      const body = new Uint8Array(content)
      const headers = { 'content-type': 'application/octet-stream' }
      await succeeded(await fetch(`${url}/api/v1/artefacts/${item.sha256}`, { method: 'PUT', headers, body }))
      const { revision } = await json<{ readonly revision: number }>(`/deployments/next-revision?gateways=${id}`)
      const state: DesiredState = { v: 1, gateway: id, revision, items: [item], probationS }
      const document = signDesiredState(state, await readFile(join(folder, key), 'utf8'))
      const order = JSON.stringify({ name: item.id, by: 'sato', documents: [document] })
      const asked = { method: 'POST', headers: { 'content-type': 'application/json' }, body: order }
      const rollout = (await succeeded(await fetch(`${url}/api/v1/deployments`, asked))) as RolloutItem
      return rollout.id
    },
    untilOver: (id) =>
      until(`the end of roll-out ${id}`, 150_000, async () => {
        const rollout = await json<RolloutItem>(`/deployments/${id}`)
        return rollout.state === 'running' ? undefined : rollout
      }),
    async close() {
      await hub.end('SIGKILL')
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** What every gateway of such a test has; its files lie beside its gateway.yaml. */
function baseOf({ mqttsPort, httpsPort }: HubUnderTest): object {
  const files = { ca: 'ca.cert.pem', certificate: 'gateway.cert.pem', key: 'gateway.key.pem' }
  return {
    data: './data',
    hub: { url: `mqtts://localhost:${mqttsPort}`, https: `https://localhost:${httpsPort}`, ...files },
    uplink: { reconnectBaseMs: 50, reconnectCapMs: 500, connectTimeoutMs: 5000 },
    deployment: { keys: ['deploy.pub'], lookEveryS: 0.2, retryBaseMs: 50, retryCapMs: 500 },
    health: { intervalS: 1 },
  }
}

async function succeeded(response: Response): Promise<unknown> {
  const text = await response.text()
  if (!response.ok) throw new Error(`${response.url} was answered with ${response.status}: ${text}`)
  return text === '' ? undefined : (JSON.parse(text) as unknown)
}
