// Reads each configured device once, as the agent would, and says in the field's words what a failure points to.
import { AppError, type ErrorCode, toAppError } from '../../broker/contract/app-error.ts'
import type { LocalizedText } from '../../broker/contract/documents.ts'
import type { Clock, Log } from '../../broker/contract/ports.ts'
import type { Driver, DriverDevice, Measurement } from '../../firmware-bridge/driver.ts'
import type { DriverRegistry } from '../../firmware-bridge/drivers/registry.ts'
import type { DeviceConfig, GatewayConfig } from '../config.ts'
import { type Finding, localized } from '../../broker/contract/finding.ts'

export interface DeviceCheckOptions {
  readonly drivers: DriverRegistry
  readonly clock: Clock
  readonly log: Log
  /** How long a device that speaks by itself is listened to, at most. */
  readonly listenMs: number
  readonly signal: AbortSignal
}

/** Values shown of a device; the rest is counted. */
const shownValues = 3

/** One finding for each device, in the order of the connections; a bus serves one device at a time. */
export async function* checkDevices(config: GatewayConfig, options: DeviceCheckOptions): AsyncGenerator<Finding> {
  for (const { id, type, settings } of config.connections) {
    const factory = await options.drivers.load(type)
    if (factory === undefined) throw new AppError('config.invalid', `"${type}" is not a driver`)
    const driver = factory.create(settings, { clock: options.clock, log: options.log })
    await driver.open()
    try {
      for (const device of config.devices.filter(({ connection }) => connection === id)) {
        if (options.signal.aborted) return
        yield await checkDevice(driver, device, { ...options, type })
      }
    } finally {
      await driver.close()
    }
  }
}

async function checkDevice(
  driver: Driver<unknown, unknown>,
  config: DeviceConfig,
  options: DeviceCheckOptions & { readonly type: string },
): Promise<Finding> {
  const { id, address, profile, timeoutMs } = config
  const device = { id, address, profile, timeoutMs }
  const check = 'device'
  try {
    const measurements = await sampled(driver, device, config, options)
    const labels = new Map(config.channels.map((channel) => [channel.id, channel.label]))
    const labelOf = ({ channel }: Measurement) => labels.get(channel) ?? localized(channel, channel)
    const bad = measurements.filter(({ quality }) => quality === 'bad').map(labelOf)
    const values = measurements.filter(({ quality }) => quality !== 'bad')
    const text = summary(values.map((value) => ({ ...value, label: labelOf(value) })))
    if (bad.length === 0) return { state: 'ok', check, subject: id, seen: text }
    return {
      state: values.length === 0 ? 'fail' : 'warn',
      check,
      subject: id,
      seen: localized(
        `${text.ja} / 読めない項目: ${bad.map(({ ja }) => ja).join('、')}`,
        `${text.en} / bad: ${bad.map(({ en }) => en).join(', ')}`,
      ),
      advice: localized(
        `プロファイル ${profile.id} がこの機器に合うか、センサーの断線を確認`,
        `check that profile ${profile.id} fits this device, and its sensor's cable`,
      ),
    }
  } catch (thrown) {
    const error = toAppError(thrown, 'driver.exception')
    const seen = localized(
      `${codeTexts[error.code] ?? error.code}(${error.message})`,
      `${error.code}: ${error.message}`,
    )
    const advice = adviceFor(error.code, options.type)
    return { state: 'fail', check, subject: id, seen, ...(advice === undefined ? {} : { advice }) }
  }
}

/** A read, retried as the agent does; or, of a device that speaks by itself, the first thing it says. */
async function sampled(
  driver: Driver<unknown, unknown>,
  device: DriverDevice<unknown, unknown>,
  { retries, intervalS }: DeviceConfig,
  { clock, listenMs, signal }: DeviceCheckOptions,
): Promise<readonly Measurement[]> {
  if (driver.listen !== undefined) {
    return heard(driver.listen.bind(driver), device, { clock, signal, limitMs: Math.min(listenMs, intervalS * 3000) })
  }
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await driver.read(device, signal)
    } catch (thrown) {
      if (attempt >= retries || signal.aborted || !toAppError(thrown, 'driver.exception').retryable) throw thrown
    }
  }
}

async function heard(
  listen: NonNullable<Driver<unknown, unknown>['listen']>,
  device: DriverDevice<unknown, unknown>,
  { clock, signal, limitMs }: { readonly clock: Clock; readonly signal: AbortSignal; readonly limitMs: number },
): Promise<readonly Measurement[]> {
  const { promise, resolve, reject } = Promise.withResolvers<readonly Measurement[]>()
  const fail = (why: string) => reject(new AppError('driver.timeout', why))
  const onAbort = () => fail('given up')
  const timer = clock.setTimer(() => fail(`nothing was heard for ${Math.round(limitMs / 1000)} s`), limitMs)
  signal.addEventListener('abort', onAbort, { once: true })
  const end = listen(device, {
    // Not confirmed to the sender: what the doctor hears must reach the agent too.
    take: (measurements) => {
      resolve(measurements)
      return Promise.reject(new AppError('outbox.full', 'the doctor keeps nothing'))
    },
    fault: reject,
  })
  try {
    return await promise
  } finally {
    end()
    timer.cancel()
    signal.removeEventListener('abort', onAbort)
  }
}

function summary(measurements: readonly (Measurement & { readonly label: LocalizedText })[]): LocalizedText {
  if (measurements.length === 0) return localized('応答あり', 'answers')
  const shown = measurements
    .slice(0, shownValues)
    .map(({ label, value, unit }) => [label, quantity(value, unit)] as const)
  const ja = shown.map(([label, text]) => `${label.ja} ${text}`).join('、')
  const en = shown.map(([label, text]) => `${label.en} ${text}`).join(', ')
  const more = measurements.length - shown.length
  return more > 0 ? localized(`${ja} ほか ${more} 項目`, `${en} and ${more} more`) : localized(ja, en)
}

/** As it is stored, with the unit's usual sign. */
function quantity(value: Measurement['value'], unit: string | undefined): string {
  const number = typeof value === 'number' ? Number(value.toPrecision(5)) : value
  return `${String(number)} ${signs[unit ?? ''] ?? unit ?? ''}`.trim()
}

/** UCUM and SenML codes that nobody reads on an instrument. */
const signs: Readonly<Record<string, string>> = { '/': '', Cel: '°C', '%RH': '%', count: '' }

const codeTexts: Partial<Record<ErrorCode, string>> = {
  'driver.timeout': '応答なし',
  'driver.crc': 'チェックサム不一致',
  'driver.frame': '応答が途中で切れるか壊れている',
  'driver.exception': '機器が要求を拒否',
  'driver.connection': '接続できない',
}

const onSerial: Partial<Record<ErrorCode, LocalizedText>> = {
  'driver.timeout': localized(
    '電源、A/B 線の入れ違い、ユニット番号、通信速度を確認。探すには musubi doctor modbus',
    'check power, swapped A/B wires, unit number and baud rate; musubi doctor modbus searches',
  ),
  'driver.crc': localized(
    '通信速度・パリティ、終端抵抗 120 Ω、同じ番号の機器が 2 台ないかを確認',
    'check baud rate and parity, the 120 Ω termination, and for two devices with one number',
  ),
  'driver.frame': localized('通信速度とプロファイルを確認', 'check the baud rate and the profile'),
  'driver.connection': localized(
    'ケーブルとポート名を確認。動作中のゲートウェイは止める: sudo systemctl stop musubi-edge',
    'check cable and port; stop a running agent: sudo systemctl stop musubi-edge',
  ),
}
const onNetwork: Partial<Record<ErrorCode, LocalizedText>> = {
  'driver.timeout': localized(
    '電源とユニット番号、送信間隔を確認',
    'check power, unit number and its sending interval',
  ),
  'driver.connection': localized(
    '機器の IP アドレス、LAN ケーブル、ポート番号を確認',
    'check its IP address, LAN cable and port',
  ),
}
const bySnmp: Partial<Record<ErrorCode, LocalizedText>> = {
  'driver.timeout': localized(
    'コミュニティ名、SNMP の有効化、UDP 161 を確認',
    'check the community, that SNMP is on, and UDP 161',
  ),
  'driver.exception': localized('利用者名とパスワードを確認', 'check the user and the passwords'),
}
const everywhere: Partial<Record<ErrorCode, LocalizedText>> = {
  'driver.exception': localized('プロファイルがこの機種・版に合うか確認', 'check that the profile fits this model'),
}
const serialTypes = ['modbus-rtu', 'modbus-rtu-tcp', 'line', 'mcu', 'davis', 'sdi12']

function adviceFor(code: ErrorCode, type: string): LocalizedText | undefined {
  const own = type === 'snmp' ? bySnmp : serialTypes.includes(type) ? onSerial : onNetwork
  return own[code] ?? everywhere[code]
}
