// `musubi doctor`: what is wrong with a gateway, and what to do about it; and the searches that help to wire one up.
import { parseArgs } from 'node:util'
import { toAppError } from '../../broker/contract/app-error.ts'
import { silentLog, systemClock } from '../../broker/contract/ports.ts'
import { configSources } from '../../edge/checks/config-sources.ts'
import { loadConfig } from '../../edge/config.ts'
import { examine } from '../../edge/doctor/examine.ts'
import { type Finding, localized } from '../../broker/contract/finding.ts'
import { checkSerialPorts } from '../../edge/doctor/machine-checks.ts'
import { driverRegistry } from '../../firmware-bridge/drivers/registry.ts'
import { createDoctorReport, type DoctorReport, type Language } from '../doctor-report.ts'

const usage = `Usage:
  musubi doctor --config gateway.yaml     examine a gateway: folder, clock, ports,
                                          name, certificate, hub, every device
  musubi doctor ports                     the serial ports of this machine
  musubi doctor modbus --rtu /dev/ttyUSB0 [--baud 9600,19200] [--parity none]
  musubi doctor modbus --tcp HOST[:502]   which units answer on a Modbus bus
  musubi doctor modbus --rtu-tcp HOST:PORT
  musubi doctor snmp HOST[:161]           what an access point tells, and its profile
Options:
  --json           one JSON object a line, for machines
  --lang ja|en     default: ja when LANG begins with ja, else en
  --ntp HOST       time server for the clock check (ntp.nict.jp); --no-ntp: do not ask
  --listen S       wait so long for a device that speaks by itself (30)
  --units 1-32     units to ask (1-247)
  --timeout MS     for each unit (200), or for hub, name and time server (5000)
  --community C    SNMP v2c community (public)

Exit code: 0 nothing fails, 1 something does, 2 wrong usage.`

const optionTypes = {
  config: { type: 'string' },
  json: { type: 'boolean' },
  lang: { type: 'string' },
  ntp: { type: 'string' },
  'no-ntp': { type: 'boolean' },
  listen: { type: 'string' },
  rtu: { type: 'string' },
  tcp: { type: 'string' },
  'rtu-tcp': { type: 'string' },
  baud: { type: 'string' },
  parity: { type: 'string' },
  units: { type: 'string' },
  timeout: { type: 'string' },
  community: { type: 'string' },
  help: { type: 'boolean' },
} as const

type Options = ReturnType<typeof parsedWords>['values']

/** Returns the exit code: 0 nothing fails, 1 something does, 2 wrong usage. */
export async function run(args: readonly string[]): Promise<number> {
  let words: ReturnType<typeof parsedWords>
  try {
    words = parsedWords(args)
  } catch {
    return complain()
  }
  const { values, positionals } = words
  if (values.help === true) {
    console.log(usage)
    return 0
  }
  const report = createDoctorReport({
    json: values.json === true,
    language: languageOf(values.lang),
    color: process.stdout.isTTY,
    write: (text) => void process.stdout.write(text),
  })
  const abort = new AbortController()
  const onSignal = (): void => abort.abort()
  process.once('SIGINT', onSignal)
  try {
    const findings = findingsOf(positionals, values, { report, signal: abort.signal })
    if (findings === undefined) return complain()
    for await (const finding of findings) report.add(finding)
    return report.finish() ? 0 : 1
  } finally {
    process.removeListener('SIGINT', onSignal)
  }
}

function parsedWords(args: readonly string[]) {
  return parseArgs({ args: [...args], options: optionTypes, allowPositionals: true })
}

function complain(): number {
  console.error(usage)
  return 2
}

function languageOf(asked: string | undefined): Language {
  if (asked === 'ja' || asked === 'en') return asked
  const locale = process.env['LC_ALL'] || process.env['LC_MESSAGES'] || process.env['LANG'] || ''
  return locale.startsWith('ja') ? 'ja' : 'en'
}

interface Surroundings {
  readonly report: DoctorReport
  readonly signal: AbortSignal
}

/** Undefined for words that are no task of the doctor's. */
function findingsOf(
  [task, target, ...rest]: readonly string[],
  options: Options,
  given: Surroundings,
): AsyncIterable<Finding> | undefined {
  if (rest.length > 0) return undefined
  if (task === undefined) return options.config === undefined ? undefined : examination(options.config, options, given)
  if (task === 'ports' && target === undefined) return serialPorts()
  if (task === 'modbus' && target === undefined) return modbusSearch(options, given)
  if (task === 'snmp' && target !== undefined) return snmpWalk(target, options, given)
  return undefined
}

async function* examination(path: string, options: Options, { signal }: Surroundings): AsyncGenerator<Finding> {
  let config
  try {
    config = await loadConfig(path, configSources)
  } catch (thrown) {
    const { message } = toAppError(thrown, 'config.invalid')
    yield { state: 'fail', check: 'config', subject: path, seen: localized(message, message) }
    return
  }
  const [devices, connections] = [config.devices.length, config.connections.length]
  const seen = localized(`機器 ${devices}、接続 ${connections}`, `${devices} devices, ${connections} connections`)
  yield { state: 'ok', check: 'config', subject: path, seen }
  yield* examine(config, {
    drivers: driverRegistry,
    clock: systemClock,
    log: silentLog,
    ntp: options['no-ntp'] === true ? undefined : (options.ntp ?? 'ntp.nict.jp'),
    timeoutMs: numberOr(options.timeout, 5000),
    listenMs: numberOr(options.listen, 30) * 1000,
    signal,
  })
}

async function* serialPorts(): AsyncGenerator<Finding> {
  const findings = await checkSerialPorts([])
  yield* findings
  if (findings.length === 0) {
    yield {
      state: 'warn',
      check: 'serial-port',
      seen: localized('シリアルポートがありません', 'there is no serial port'),
    }
  }
}

function modbusSearch(options: Options, given: Surroundings): AsyncIterable<Finding> | undefined {
  const [from = 1, to = 247] = (options.units ?? '').split('-').filter(Boolean).map(Number)
  const chosen = [options.rtu, options.tcp, options['rtu-tcp']].filter((target) => target !== undefined)
  if (chosen.length !== 1 || !(from >= 0 && to <= 255 && from <= to)) return undefined
  return searched(options, { from, to }, given)
}

async function* searched(
  options: Options,
  units: { readonly from: number; readonly to: number },
  { report, signal }: Surroundings,
): AsyncGenerator<Finding> {
  const { modbusTargets, searchModbus } = await import('../doctor-searches.ts')
  const timeoutMs = numberOr(options.timeout, 200)
  for (const target of modbusTargets(options)) {
    yield* searchModbus(target, { units, timeoutMs, signal, clock: systemClock, onProgress: report.progress })
  }
}

async function* snmpWalk(target: string, options: Options, { signal }: Surroundings): AsyncGenerator<Finding> {
  const { walkSnmp } = await import('../doctor-searches.ts')
  yield* walkSnmp(target, {
    community: options.community ?? 'public',
    timeoutMs: numberOr(options.timeout, 2000),
    signal,
  })
}

function numberOr(text: string | undefined, fallback: number): number {
  const value = Number(text)
  return text === undefined || !(value > 0) ? fallback : value
}
