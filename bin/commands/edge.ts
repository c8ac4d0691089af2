// `musubi edge`: the main of the gateway agent, and the only place of it that reads files, signals and the real clock.
import { mkdir, readFile, readdir } from 'node:fs/promises'
import { readFileSync } from 'node:fs'
import { flushCompileCache } from 'node:module'
import { join, resolve as resolvePath } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { pino } from 'pino'
import { AppError } from '../../broker/contract/app-error.ts'
import { type Log, systemClock, type Timer } from '../../broker/contract/ports.ts'
import { type Agent, type AgentDependencies, startAgent } from '../../edge/agent.ts'
import { askChecker } from '../../edge/checks/checker.ts'
import { ledsFolder } from '../../edge/commands/identify.ts'
import { createLogTail, type LogTail } from '../../edge/commands/log-tail.ts'
import type { GatewayConfig } from '../../edge/config.ts'
import { replaceProcess, runningProgram } from '../../edge/deployment/agent-program.ts'
import type { Deployment } from '../../edge/deployment/deployment.ts'
import type { MachineGauges } from '../../edge/health.ts'
import { openHubIdentity } from '../../edge/identity/hub-identity.ts'
import { driverRegistry } from '../../firmware-bridge/drivers/registry.ts'
import { flagsOf } from '../flags.ts'

const usage = `Usage: musubi edge --config gateway.yaml [--check [--set DIR]] [--log LEVEL]
  --config   the gateway's configuration
  --check    only checks the configuration: exit code 0 when it is right, else every fault is listed
  --set      checks it with a set of a deployment (docs/deployment.md)
  --log      debug, info (default), warn or error

SIGTERM or SIGINT stops sampling, commits the outbox and says goodbye to the hub; a second one ends at once.`

/** Why a run of the agent ended: 'restart' takes the configuration anew, in the same process, or in the machine's own program where a set brought this one. */
export type AgentOutcome = 'stopped' | 'restart'

/** A start on trial takes a model's golden samples and some connections, a stop some limits of a few seconds each. */
const startLimitMs = 600_000
const stopLimitMs = 120_000

const setChecker = new URL('../../edge/deployment/check-set.ts', import.meta.url)
const configChecker = new URL('../../edge/checks/check-config.ts', import.meta.url)

/** Returns the exit code: 0 stopped as asked, 1 a fault that is printed, 2 wrong usage. */
export async function run(args: readonly string[]): Promise<number> {
  const options = parse(args)
  if (options === undefined) return complain(usage, 2)
  if (options.check) {
    const [checker, words] = options.set === undefined ? [configChecker, []] : [setChecker, [resolvePath(options.set)]]
    const config = await askChecker<GatewayConfig>(checker, [resolvePath(options.config), ...words])
    console.log(
      `${options.config} is right: ${config.devices.length} devices on ${config.connections.length} connections`,
    )
    return 0
  }
  const { machine, close } = await openMachineGauges()
  const signal = firstSignal()
  const tail = createLogTail()
  try {
    const given = { log: logAt(options.log, tail), tail, machine, signalled: signal.came }
    for (;;) {
      if ((await runAgent(options.config, given)) === 'stopped') return 0
      const { own, stand } = runningProgram(process.env)
      if (stand !== undefined) replaceProcess(own, undefined)
    }
  } finally {
    signal.forget()
    close()
  }
}

/** One run of the agent, from its configuration to a signal or to the wish of a start anew. */
async function runAgent(
  path: string,
  given: {
    readonly log: Log
    readonly tail: LogTail
    readonly machine: MachineGauges
    readonly signalled: Promise<AgentOutcome>
  },
): Promise<AgentOutcome> {
  const base = await askChecker<GatewayConfig>(configChecker, [path])
  await mkdir(base.dataFolder, { recursive: true })
  const { promise: restarted, resolve } = Promise.withResolvers<AgentOutcome>()
  const restart = (): void => resolve('restart')
  const deployment = await deploymentOf(base, resolvePath(path), { log: given.log, restart })
  const config = deployment?.config ?? base
  let agent: Agent
  // Nobody is there to end it: what is ended here counts as a crash of the set, and systemd starts the program again.
  const startLimit =
    deployment?.isOnTrial === true ? endedAfter(startLimitMs, 'it does not start', given.log) : undefined
  try {
    const configPlaces = deployment?.configPlaces ?? { base: resolvePath(path), set: undefined }
    const dependencies = await dependenciesOf(config, { ...given, configPlaces, restart, deployment })
    agent = await startAgent(config, dependencies)
  } catch (thrown) {
    if (await deployment?.startFailed(thrown)) return 'restart'
    throw thrown
  } finally {
    startLimit?.cancel()
  }
  // Else only a regular exit would fill it, and a gateway whose power is cut would start without it for ever.
  flushCompileCache()
  const outcome = await Promise.race([given.signalled, restarted])
  // A signal has a second one behind it, and systemd's limit; a start anew has only this.
  const stopLimit = outcome === 'restart' ? endedAfter(stopLimitMs, 'it does not stop', given.log) : undefined
  try {
    await agent.stop()
  } finally {
    stopLimit?.cancel()
  }
  return outcome
}

/** Ends the process unless it is cancelled in time. */
function endedAfter(limitMs: number, reason: string, log: Log): Timer {
  return systemClock.setTimer(() => {
    log.error({ limitMs, reason }, 'the agent stands still; the process is ended')
    process.exit(1)
  }, limitMs)
}

/** Loaded only where updates are taken from afar. */
async function deploymentOf(
  base: GatewayConfig,
  path: string,
  given: { readonly log: Log; readonly restart: () => void },
): Promise<Deployment | undefined> {
  if (base.deployment === undefined) return undefined
  const { openGatewayDeployment } = await import('../../edge/deployment/open-deployment.ts')
  const log = given.log.child({ part: 'deployment' })
  const agentVersion = await programVersion()
  const ports = { ...given, path, log, agentVersion, clock: systemClock, random: Math.random }
  return openGatewayDeployment(base, base.deployment, ports)
}

function parse(args: readonly string[]) {
  const text = { type: 'string' } as const
  const values = flagsOf(args, { config: text, check: { type: 'boolean' }, set: text, log: text })
  if (values?.config === undefined) return undefined
  const { config, set, check = false, log = 'info' } = values
  return set !== undefined && !check ? undefined : { config, set, check, log }
}

function complain(text: string, exitCode: number): number {
  console.error(text)
  return exitCode
}

function logAt(level: string, tail: LogTail): Log {
  const output = pino.destination({ fd: 1, sync: true })
  const destination = {
    write(line: string): void {
      output.write(line)
      tail.write(line)
    },
  }
  return pino({ level, base: { program: 'edge' } }, destination)
}

async function dependenciesOf(
  config: GatewayConfig,
  given: Pick<AgentDependencies, 'log' | 'machine' | 'restart' | 'tail' | 'configPlaces' | 'deployment'>,
): Promise<AgentDependencies> {
  const { log } = given
  const { hub, keep } = await openHubIdentity(config, { clock: systemClock, log, random: Math.random })
  return {
    clock: systemClock,
    ...given,
    ledsFolder,
    random: Math.random,
    hub,
    keepCertificate: keep,
    agentVersion: await programVersion(),
    drivers: driverRegistry,
    createModelHost: async ({ models, circuits }, ports) => {
      const { createModelHost } = await import('../../edge/inference/model-host.ts')
      const stateFolder = join(config.dataFolder, 'models')
      const given = { trust: config.modelTrust, stateFolder, log, clock: systemClock }
      return createModelHost({ models, circuits, ...given, ...ports })
    },
    createVisionHost: async (packages, counters, onModels, taught) => {
      const { createVisionHost } = await import('../../edge/vision/vision-host.ts')
      const given = { log: log.child({ part: 'vision' }), clock: systemClock, random: Math.random, counters, onModels }
      if (taught === undefined) return createVisionHost({ packages, trust: config.modelTrust, ...given })
      const { revisions, publicKeyFile } = taught
      const trust = { ...config.modelTrust, keyFiles: [...config.modelTrust.keyFiles, publicKeyFile] }
      return createVisionHost({ packages, trust, revisions, ...given })
    },
    createTeaching: async (gateway, ports) => {
      const { openTeaching } = await import('../../edge/teach/teaching.ts')
      const { refitInProcess } = await import('../../edge/teach/refit-process.ts')
      const given = { clock: systemClock, log: log.child({ part: 'teaching' }), refit: refitInProcess }
      return openTeaching(gateway, { ...given, ...ports })
    },
    createCanopyWatch: async (gateway, ports) => {
      const { openCanopyWatch } = await import('../../edge/canopy/open-canopy-watch.ts')
      return openCanopyWatch(gateway, { ...ports, clock: systemClock, log: log.child({ part: 'canopy' }) })
    },
    createImageUplink: async (images, counters) => {
      if (hub.certificate === undefined) {
        throw new AppError('identity.invalid', 'images are sent only by a gateway with a certificate')
      }
      const { startImageUplink } = await import('../../edge/images/image-uplink.ts')
      const options = { ...images, dataFolder: config.dataFolder }
      const given = { tls: hub, counters, clock: systemClock, random: Math.random }
      return startImageUplink(options, { ...given, log: log.child({ part: 'images' }) })
    },
  }
}

/** That of package.json; a program of a set has the beginning of its hash with it. */
async function programVersion(): Promise<string> {
  const { stand } = runningProgram(process.env)
  if (stand !== undefined) return `musubi ${stand.version}`
  const text = await readFile(join(import.meta.dirname, '../../package.json'), 'utf8')
  return `musubi ${(JSON.parse(text) as { readonly version: string }).version}`
}

const thermalFolder = '/sys/class/thermal'

async function openMachineGauges(): Promise<{ readonly machine: MachineGauges; readonly close: () => void }> {
  const zones = await readdir(thermalFolder).catch(() => [])
  const files = zones.filter((name) => name.startsWith('thermal_zone')).map((name) => join(thermalFolder, name, 'temp'))
  const delay = monitorEventLoopDelay({ resolution: 20 })
  delay.enable()
  const machine: MachineGauges = {
    rssBytes: () => process.memoryUsage.rss(),
    cpuTemperatureC: () => hottest(files),
    takeLoopLagS() {
      const lagS = Math.max(0, delay.max / 1e9 - 0.02)
      delay.reset()
      return lagS
    },
  }
  return { machine, close: () => delay.disable() }
}

/** Thermal zones give thousandths of a degree Celsius; a zone that cannot be read is left out. */
function hottest(files: readonly string[]): number | undefined {
  const readings = files.flatMap((file) => {
    try {
      return [Number(readFileSync(file, 'utf8')) / 1000]
    } catch {
      return []
    }
  })
  return readings.length === 0 ? undefined : Math.max(...readings)
}

/** Resolves with the first signal; the signals' own effect returns with the second one. */
function firstSignal(): { readonly came: Promise<AgentOutcome>; readonly forget: () => void } {
  const { promise: came, resolve } = Promise.withResolvers<AgentOutcome>()
  const signals = ['SIGTERM', 'SIGINT'] as const
  let asked = 0
  const onSignal = (): void => {
    asked += 1
    if (asked > 1) process.exit(1)
    resolve('stopped')
  }
  for (const signal of signals) process.on(signal, onSignal)
  return {
    came,
    forget() {
      for (const signal of signals) process.removeListener(signal, onSignal)
    },
  }
}
