// Checks of the machine that a gateway runs on: its data folder, its disk, its clock and its serial ports.
import { constants } from 'node:fs'
import { access, mkdir, open, rm, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { listSerialPorts } from '../../firmware-bridge/discovery/serial-ports.ts'
import type { GatewayConfig } from '../config.ts'
import { type Finding, localized } from '../../broker/contract/finding.ts'
import { askNtp } from './ntp.ts'

const megabyte = 2 ** 20
/** SenML's relative times and certificates need a clock that has been set at all. */
const plausibleFromMs = Date.UTC(2025, 0)
const tolerableOffsetMs = 1000

/** The folder exists, can be written and synced, and its disk has room for a full outbox. */
export async function checkDataFolder({ dataFolder, outbox }: GatewayConfig): Promise<readonly Finding[]> {
  const check = 'data-folder'
  const probe = join(dataFolder, '.doctor')
  try {
    await mkdir(dataFolder, { recursive: true })
    const file = await open(probe, 'w')
    await file.writeFile('doctor')
    await file.sync()
    await file.close()
    await rm(probe)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    const advice = localized(
      `フォルダーの所有者と空き容量を確認: sudo chown musubi ${dataFolder}`,
      `check the folder's owner and free space: sudo chown musubi ${dataFolder}`,
    )
    return [
      { state: 'fail', check, seen: localized(`書き込めません: ${reason}`, `cannot be written: ${reason}`), advice },
    ]
  }
  const { bavail, bsize } = await statfs(dataFolder)
  const [freeMb, neededMb] = [Math.floor((bavail * bsize) / megabyte), Math.ceil((outbox.maxBytes * 2) / megabyte)]
  const seen = localized(`空き ${freeMb} MB`, `${freeMb} MB free`)
  if (freeMb >= neededMb) return [{ state: 'ok', check, seen }]
  const advice = localized(
    `送信待ちが満杯になると ${neededMb} MB 使います。ディスクを空けるか outbox.maxBytes を小さく`,
    `a full outbox needs ${neededMb} MB: free some, or lower outbox.maxBytes`,
  )
  return [{ state: 'warn', check, seen, advice }]
}

/** Primary result codes of SQLite: SQLITE_CORRUPT, SQLITE_NOTADB. */
const damaged: ReadonlySet<number> = new Set([11, 26])

/** True when a gateway agent holds the outbox of this configuration; a damaged one is held by nobody. */
export async function agentRuns({ dataFolder }: Pick<GatewayConfig, 'dataFolder'>): Promise<boolean> {
  const path = join(dataFolder, 'outbox.sqlite')
  const exists = await access(path, constants.R_OK).then(
    () => true,
    () => false,
  )
  if (!exists) return false
  try {
    const database = new DatabaseSync(path, { readOnly: true })
    try {
      database.prepare('SELECT count(*) FROM sqlite_master').get()
      return false
    } finally {
      database.close()
    }
  } catch (thrown) {
    const { errcode = 0 } = Object(thrown) as { readonly errcode?: number }
    return !damaged.has(errcode & 0xff)
  }
}

export interface ClockCheckOptions {
  readonly nowMs: () => number
  /** Server for SNTP; undefined: the clock is only checked for being set. */
  readonly ntp: string | undefined
  readonly timeoutMs: number
}

/** Set at all, and at most a second off what a time server says. */
export async function checkClock({ nowMs, ntp, timeoutMs }: ClockCheckOptions): Promise<Finding> {
  const check = 'clock'
  const now = new Date(nowMs()).toISOString()
  const advice = localized(
    '時刻合わせを有効に: sudo timedatectl set-ntp true',
    'turn time synchronisation on: sudo timedatectl set-ntp true',
  )
  if (nowMs() < plausibleFromMs) {
    return { state: 'fail', check, seen: localized(`時刻が未設定: ${now}`, `the clock is not set: ${now}`), advice }
  }
  if (ntp === undefined) return { state: 'ok', check, seen: localized(now, now) }
  const offsetMs = await askNtp(ntp, { nowMs, timeoutMs }).catch(() => undefined)
  if (offsetMs === undefined) {
    const seen = localized(`${ntp} が応答せず、ずれは不明`, `${ntp} did not answer: the offset is not known`)
    const ask = localized(
      'UDP 123 を許可するか --ntp で別のサーバーを指定',
      'allow UDP 123, or name another server with --ntp',
    )
    return { state: 'warn', check, seen, advice: ask }
  }
  const seen = localized(`ずれ ${Math.round(offsetMs)} ms (${ntp})`, `${Math.round(offsetMs)} ms off ${ntp}`)
  if (Math.abs(offsetMs) <= tolerableOffsetMs) return { state: 'ok', check, seen }
  return { state: 'fail', check, seen, advice }
}

/** Every serial port of the machine; a configured one that is not there, or that we may not open, is a failure. */
export async function checkSerialPorts(configured: readonly string[]): Promise<readonly Finding[]> {
  const check = 'serial-port'
  const ports = await listSerialPorts()
  const used = new Set(configured)
  const findings = ports.map(({ path, stablePath, about, permitted }): Finding => {
    const names = [stablePath, about].filter((part) => part !== undefined).join(' ')
    const isUsed = used.has(path) || (stablePath !== undefined && used.has(stablePath))
    const seen = localized(names || 'あり', names || 'present')
    if (permitted) return { state: 'ok', check, subject: path, seen }
    return {
      state: isUsed ? 'fail' : 'warn',
      check,
      subject: path,
      seen: localized('開く権限がありません', 'no permission to open it'),
      advice: localized(
        'sudo usermod -aG dialout <ユーザー> のあと入り直す',
        'sudo usermod -aG dialout USER, then log in again',
      ),
    }
  })
  const known = new Set(ports.flatMap(({ path, stablePath }) => [path, stablePath]))
  const missing = await Promise.all(
    [...used].filter((path) => !known.has(path)).map(async (path) => ({ path, exists: await isThere(path) })),
  )
  return [
    ...findings,
    ...missing.map(({ path, exists }): Finding => {
      if (exists) return { state: 'ok', check, subject: path, seen: localized('あり', 'present') }
      const others = ports.map((port) => port.path).join(', ')
      return {
        state: 'fail',
        check,
        subject: path,
        seen: localized('見つかりません', 'is not there'),
        advice: others
          ? localized(
              `アダプターを差し直すか設定の path を変更 (候補: ${others})`,
              `plug it in, or change path (present: ${others})`,
            )
          : localized('USB アダプターの接続を確認', 'check that the USB adapter is plugged in'),
      }
    }),
  ]
}

function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
