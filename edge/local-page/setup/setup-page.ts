// The local page of a gateway out of its box: takes the claim, enrols, asks for place and devices, and writes gateway.yaml.
import { createHash, timingSafeEqual } from 'node:crypto'
import { access, mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError } from '../../../broker/contract/app-error.ts'
import type { Clock, Log } from '../../../broker/contract/ports.ts'
import { driverRegistry } from '../../../firmware-bridge/drivers/registry.ts'
import { hashPassword } from '../../../firmware-bridge/mqtt/password-hash.ts'
import { loadProfile } from '../../../firmware-bridge/profile-loader.ts'
import { AttemptLimit } from '../../../provisioning/est/attempt-limit.ts'
import { type ClaimText, readClaimText } from '../../../provisioning/est/claim-text.ts'
import { enrolFolder, hubSection } from '../../../provisioning/est/enrol-folder.ts'
import { readIfPresent, secretMode, writeWhole } from '../../../provisioning/whole-file.ts'
import { type GatewayConfig, parseConfig } from '../../config.ts'
import { createCounters } from '../../counters.ts'
import { checkDevices } from '../../doctor/device-checks.ts'
import type { Finding } from '../../../broker/contract/finding.ts'
import { type PageRequest, type PageRoute, startPageServer } from '../page-server.ts'
import { Sessions } from '../sessions.ts'
import { configurationText, readDraft, type SetupDraft } from './setup-draft.ts'
import { setupCatalogue } from './setup-catalogue.ts'

export interface SetupOptions {
  readonly folder: string
  readonly host: string
  readonly port: number
  /** Of the hub. */
  readonly mqttsPort: number
  readonly clock: Clock
  readonly log: Log
}

export interface Setup {
  readonly port: number
  /** Resolves when gateway.yaml is written and its answer sent. */
  readonly finished: Promise<void>
  stop(): Promise<void>
}

export const configurationFile = 'gateway.yaml'
const shortestCode = 8
const listenMs = 10_000
const tryLimitMs = 60_000
/** What was begun by which claim; gone when the setup is finished. */
const stateFile = 'setup.json'

/** Throws `port.busy`, `identity.invalid` where the folder is in use already. */
export async function startSetup(options: SetupOptions): Promise<Setup> {
  const { clock, log, folder } = options
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const isDone = await access(join(folder, configurationFile)).then(
    () => true,
    () => false,
  )
  if (isDone) throw new AppError('identity.invalid', `${folder} has a ${configurationFile} already: it is set up`)
  const sessions = new Sessions({ clock, counters: createCounters() })
  const { promise: finished, resolve: finish } = Promise.withResolvers<void>()
  const setup = new GatewaySetup(options, finish)
  const server = await startPageServer({ ...options, routes: routesOf(setup, sessions), sessions, mounts: [] })
  setup.listensOn(server.port)
  log.info({ port: server.port, host: options.host, folder }, 'the setup page is open')
  return { port: server.port, finished, stop: () => server.stop() }
}

function routesOf(setup: GatewaySetup, sessions: Sessions): readonly PageRoute[] {
  return [
    {
      at: 'GET /api/mode',
      open: true,
      answer: ({ cookies }) => ({ json: { mode: 'setup', signedIn: sessions.isOpen(cookies) } }),
    },
    {
      at: 'POST /api/setup/claim',
      open: true,
      async answer(request) {
        const text = await setup.claim(request)
        const { tenant, gateway } = text.identity
        return { json: { gateway: `${tenant}/${gateway}`, hub: text.hub }, headers: { 'set-cookie': sessions.open() } }
      },
    },
    { at: 'GET /api/setup/catalogue', answer: async () => ({ json: await setupCatalogue() }) },
    {
      at: 'POST /api/setup/try',
      answer: async ({ body }) => ({ json: { findings: await setup.try(readDraft(fieldOf(body, 'draft'))) } }),
    },
    {
      at: 'POST /api/setup/finish',
      async answer({ body, response }) {
        const code = fieldOf(body, 'code')
        if (typeof code !== 'string' || code.length < shortestCode || code.length > 128) {
          throw new AppError('payload.schema', `/code must have ${shortestCode} to 128 characters`)
        }
        await setup.finish(readDraft(fieldOf(body, 'draft')), code)
        // A phone may have gone meanwhile: then nothing will be closed any more.
        if (response.destroyed) setup.handOver()
        else response.on('close', () => setup.handOver())
        return { json: {}, headers: { connection: 'close' } }
      },
    },
  ]
}

class GatewaySetup {
  readonly #options: SetupOptions
  readonly #finish: () => void
  readonly #attempts: AttemptLimit
  #claim: ClaimText | undefined
  #isBusy = false
  #isWritten = false
  #port: number

  constructor(options: SetupOptions, finish: () => void) {
    this.#options = options
    this.#finish = finish
    this.#attempts = new AttemptLimit(options.clock)
    this.#port = options.port
  }

  /** The agent is found where the setup was. */
  listensOn(port: number): void {
    this.#port = port
  }

  /** Enrols by the claim; the same claim again opens a setup that was begun before. */
  async claim({ body, address }: PageRequest): Promise<ClaimText> {
    if (this.#attempts.waitS(address) > 0) throw new AppError('limit.exceeded', 'too many tries; wait a minute')
    this.#attempts.failed(address)
    const claim = fieldOf(body, 'claim')
    if (typeof claim !== 'string') throw new AppError('payload.schema', '/claim: the text of the label')
    const text = readClaimText(claim)
    await this.#alone(async () => {
      const file = join(this.#options.folder, stateFile)
      const begun = await readIfPresent(file)
      const digest = createHash('sha256').update(claim.trim()).digest()
      if (begun !== undefined && !isSame(begun, digest)) {
        const way = `go on with the label that it was begun with, or empty ${this.#options.folder} and start it again`
        throw new AppError('setup.begun', `the setup of this gateway was begun with another label: ${way}`)
      }
      if (begun === undefined) {
        await enrolFolder(this.#options.folder, text)
        await writeWhole(file, JSON.stringify({ claim: digest.toString('base64url') }), secretMode)
        this.#options.log.info({ gateway: text.identity, hub: text.hub }, 'this gateway is enrolled')
      }
    })
    this.#claim = text
    return text
  }

  /** Reads each device of the draft once, and says what a failure points to. Throws `config.invalid`. */
  async try(draft: SetupDraft): Promise<readonly Finding[]> {
    return await this.#alone(async () => {
      const config = await this.#checked(draft, undefined)
      const { clock, log } = this.#options
      const signal = AbortSignal.timeout(tryLimitMs)
      const findings: Finding[] = []
      for await (const finding of checkDevices(config, { drivers: driverRegistry, clock, log, listenMs, signal })) {
        findings.push(finding)
      }
      return findings
    })
  }

  /** Writes gateway.yaml, whole or not at all. Throws `config.invalid` with every fault. */
  async finish(draft: SetupDraft, code: string): Promise<void> {
    await this.#alone(async () => {
      const { folder, host, log } = this.#options
      const localPage = { port: this.#port, host, code: await hashPassword(code) }
      await this.#checked(draft, localPage)
      await writeWhole(join(folder, configurationFile), this.#text(draft, localPage), secretMode)
      await rm(join(folder, stateFile), { force: true })
      this.#isWritten = true
      log.info({ devices: draft.devices.length }, 'this gateway is set up')
    })
  }

  handOver(): void {
    if (this.#isWritten) this.#finish()
  }

  #text(draft: SetupDraft, localPage: GatewayConfig['localPage']): string {
    if (this.#claim === undefined) throw new AppError('identity.invalid', 'first the claim')
    const hub = hubSection(this.#claim, this.#options.mqttsPort)
    return configurationText(draft, { identity: this.#claim.identity, hub, localPage })
  }

  async #checked(draft: SetupDraft, localPage: GatewayConfig['localPage']): Promise<GatewayConfig> {
    const path = join(this.#options.folder, configurationFile)
    return await parseConfig(this.#text(draft, localPage), path, { drivers: driverRegistry, loadProfile })
  }

  /** A second finger on the button does nothing. Throws `data.locked`. */
  async #alone<T>(act: () => Promise<T>): Promise<T> {
    if (this.#isBusy || this.#isWritten) throw new AppError('data.locked', 'this gateway is busy with it already')
    this.#isBusy = true
    try {
      return await act()
    } finally {
      this.#isBusy = false
    }
  }
}

function isSame(state: string, digest: Buffer): boolean {
  const { claim } = JSON.parse(state) as { readonly claim: string }
  const kept = Buffer.from(claim, 'base64url')
  return kept.length === digest.length && timingSafeEqual(kept, digest)
}

function fieldOf(body: unknown, key: string): unknown {
  return (body as Readonly<Record<string, unknown>> | null)?.[key]
}
