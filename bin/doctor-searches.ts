// The doctor's searches: who answers on a Modbus bus, and what an SNMP agent is.
import { AppError, toAppError } from '../broker/contract/app-error.ts'
import { type Clock, silentLog } from '../broker/contract/ports.ts'
import { type Finding, localized } from '../broker/contract/finding.ts'
import { type FoundUnit, type ModbusScanTarget, scanModbus } from '../firmware-bridge/discovery/modbus-scan.ts'
import { walkSnmpAgent } from '../firmware-bridge/discovery/snmp-walk.ts'
import { SnmpSession } from '../firmware-bridge/drivers/snmp-session.ts'
import { listProfiles, loadProfile } from '../firmware-bridge/profile-loader.ts'
import type { SnmpProfile } from '../firmware-bridge/profile-schema.ts'

/** The speeds that meters and probes are delivered with, the commonest first. */
const usualBaudRates = [9600, 4800, 19_200, 2400, 38_400, 115_200]

/** One target for each speed to try. Throws `config.invalid` for a word that cannot be meant. */
export function modbusTargets(options: {
  readonly rtu?: string | undefined
  readonly tcp?: string | undefined
  readonly 'rtu-tcp'?: string | undefined
  readonly baud?: string | undefined
  readonly parity?: string | undefined
}): readonly ModbusScanTarget[] {
  if (options.rtu === undefined) {
    const type = options.tcp === undefined ? 'modbus-rtu-tcp' : 'modbus-tcp'
    return [{ type, settings: hostAndPort(options.tcp ?? options['rtu-tcp'] ?? '', 502) }]
  }
  const path = options.rtu
  const parity = options.parity ?? 'none'
  if (parity !== 'none' && parity !== 'even' && parity !== 'odd') throw usageFault('--parity', 'none, even or odd')
  const baudRates = options.baud?.split(',').map(Number) ?? usualBaudRates
  if (!baudRates.every((rate) => rate >= 300 && rate <= 4_000_000)) throw usageFault('--baud', '9600 or 9600,19200')
  return baudRates.map((baudRate) => ({ type: 'modbus-rtu', settings: { path, baudRate, parity } }))
}

function hostAndPort(text: string, defaultPort: number): { readonly host: string; readonly port: number } {
  try {
    const { hostname, port } = new URL(`tcp://${text}`)
    if (hostname !== '') return { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port || defaultPort) }
  } catch {
    // Told below.
  }
  throw usageFault(text, `192.168.1.20 or 192.168.1.20:${defaultPort}`)
}

function usageFault(what: string, example: string): AppError {
  return new AppError('config.invalid', `${what} is not understood, e.g. ${example}`)
}

export async function* searchModbus(
  target: ModbusScanTarget,
  options: {
    readonly units: { readonly from: number; readonly to: number }
    readonly timeoutMs: number
    readonly clock: Clock
    readonly signal: AbortSignal
    readonly onProgress: (text: string) => void
  },
): AsyncGenerator<Finding> {
  const subject = nameOf(target)
  try {
    const found = await scanModbus({
      ...options,
      target,
      log: silentLog,
      onProgress: (unitId) => options.onProgress(`${subject} ${unitId}/${options.units.to}`),
    })
    if (found.length > 0) yield* found.map((unit) => unitFinding(subject, unit))
    else yield { state: 'warn', check: 'modbus', subject, seen: localized('応答した機器なし', 'nobody answered') }
  } catch (thrown) {
    const { message } = toAppError(thrown, 'driver.connection')
    const advice = localized(
      'ポート名・アドレスと、他のプログラムが使っていないかを確認',
      'check the name or address, and that no other program uses it',
    )
    yield { state: 'fail', check: 'modbus', subject, seen: localized(message, message), advice }
  }
}

function nameOf(target: ModbusScanTarget): string {
  if (target.type !== 'modbus-rtu') return `${target.settings.host}:${target.settings.port}`
  return `${target.settings.path} ${target.settings.baudRate ?? 9600}`
}

function unitFinding(bus: string, { unitId, answer }: FoundUnit): Finding {
  const about = { check: 'modbus', subject: `${bus} unitId ${unitId}` } as const
  if (answer === 'registers') return { state: 'ok', ...about, seen: localized('応答あり', 'answers') }
  if (answer === 'refuses') {
    const seen = localized('応答あり(レジスター 0 は拒否)', 'answers (refuses register 0)')
    return { state: 'ok', ...about, seen }
  }
  const advice = localized(
    '通信速度・パリティ・番号の重複を確認',
    'check speed, parity, and for two devices with this number',
  )
  return { state: 'warn', ...about, seen: localized('壊れた応答', 'a garbled answer'), advice }
}

export async function* walkSnmp(
  target: string,
  options: { readonly community: string; readonly timeoutMs: number; readonly signal: AbortSignal },
): AsyncGenerator<Finding> {
  const address = hostAndPort(target, 161)
  const session = new SnmpSession(
    { version: '2c', community: options.community },
    address,
    options.timeoutMs,
    () => undefined,
  )
  const [check, subject] = ['snmp', address.host]
  try {
    const facts = await walkSnmpAgent(session, await snmpProfiles(), options.signal)
    const about = [facts.name, facts.description].filter((part) => part !== undefined && part !== '').join(' — ')
    const hours = facts.uptimeS === undefined ? undefined : Math.floor(facts.uptimeS / 3600)
    yield { state: 'ok', check, subject, seen: localized(`${about}(稼働 ${hours} 時間)`, `${about} (up ${hours} h)`) }
    const ports = facts.ports.map(({ name, isUp }) => `${name} ${isUp ? 'up' : 'down'}`).join(', ')
    if (ports !== '') yield { state: 'ok', check, subject, seen: localized(`ポート: ${ports}`, `ports: ${ports}`) }
    const fits = facts.profiles.map(({ id, answered, of }) => `${id} (${answered}/${of})`)
    if (fits.length > 0) {
      yield {
        state: 'ok',
        check,
        subject,
        seen: localized(`プロファイル候補: ${fits.join(', ')}`, `profiles: ${fits.join(', ')}`),
      }
    } else {
      yield { state: 'warn', check, subject, seen: localized('合うプロファイルなし', 'no profile fits') }
    }
  } catch (thrown) {
    const { message } = toAppError(thrown, 'driver.timeout')
    const advice = localized(
      'コミュニティ名、SNMP の有効化、UDP 161 を確認',
      'check the community, that SNMP is on, and UDP 161',
    )
    yield { state: 'fail', check, subject, seen: localized(message, message), advice }
  } finally {
    session.close()
  }
}

async function snmpProfiles(): Promise<readonly SnmpProfile[]> {
  const profiles = await Promise.all((await listProfiles()).map((id) => loadProfile(id)))
  return profiles.filter((profile) => profile.driver === 'snmp')
}
