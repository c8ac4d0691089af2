// A hub that sends e-mail to a real server, and the steps by which tests drive it.
import type { Severity } from '../../cloud/alarms/rules/rule.ts'
import type { AlarmNotice, Notice, Recipient } from '../../cloud/notifications/notice.ts'
import { anAlarm, aNotice } from '../../cloud/notifications/notice-fixture.ts'
import type { NotificationSettings } from '../../cloud/notifications/notification-settings.ts'
import { until } from './manual-clock.ts'
import { runNotifications, type RunningNotifications, temporaryFolder } from './running-notifications.ts'
import { type SmtpReceiver, startSmtpReceiver } from './smtp-receiver.ts'

export const minuteMs = 60_000

/** What one test has begun; `undoAll` after each. */
export const stops: (() => Promise<void> | void)[] = []

export async function undoAll(): Promise<void> {
  for (const stop of stops.splice(0).reverse()) await stop()
}

/** A hub that sends e-mail to a real server. */
export async function mailHub(given: {
  readonly people: readonly Recipient[]
  readonly settings?: Partial<NotificationSettings>
  readonly publish?: (topic: string, payload: Uint8Array) => Promise<void>
}): Promise<{ run: RunningNotifications; mail: SmtpReceiver; folder: string }> {
  const { folder, remove } = await temporaryFolder()
  stops.push(remove)
  const mail = await startSmtpReceiver(undefined, { security: 'none' })
  stops.push(() => mail.stop())
  const settings = { email: emailAt(mail), ...given.settings }
  const run = await runNotifications(folder, { people: given.people, settings, publish: given.publish })
  stops.push(() => run.stop())
  return { run, mail, folder }
}

export function emailAt({ port }: SmtpReceiver): NotificationSettings['email'] {
  return { host: '127.0.0.1', port, security: 'none', from: 'musubi@city.example.jp', timeoutMs: 5_000 }
}

export function notice(id: string, severity: Severity = 'major', change: Partial<AlarmNotice> = {}): AlarmNotice {
  return aNotice({ alarm: anAlarm({ id, severity }), ...change })
}

export async function give(run: RunningNotifications, ...notices: readonly Notice[]): Promise<void> {
  for (const one of notices) run.notifications.sink.take(one)
  await run.notifications.sink.flush()
  await planned(run)
}

/** Nothing waits to be planned, and nothing that is due is on its way. */
export async function planned(run: RunningNotifications): Promise<void> {
  await until(async () => {
    const open = await run.database.selectFrom('notices').select('key').where('planned', '=', 0).execute()
    const due = (await run.rows()).filter(
      ({ state, due_ms }) => state === 'sending' || (state === 'waiting' && due_ms <= run.clock.now()),
    )
    return open.length === 0 && due.length === 0
  }, 'rest')
}

export async function advance(run: RunningNotifications, ms: number): Promise<void> {
  await run.clock.advance(ms)
  run.notifications.wake()
  const dueRows = async () =>
    (await run.rows()).filter(({ state, due_ms }) => state === 'held' && due_ms <= run.clock.now()).length
  await until(async () => (await dueRows()) === 0, 'release')
  const steps = () =>
    run.database
      .selectFrom('escalations')
      .select('policy')
      .where('state', '=', 'waiting')
      .where('due_ms', '<=', run.clock.now())
      .execute()
  await until(async () => (await steps()).length === 0, 'climb')
  await planned(run)
}

/** Of the plain text of a letter. */
export const firstLine = (raw: string) => plainText(raw).split(/\r?\n/)[0]

export const plainText = (raw: string) => {
  const part = raw.slice(raw.indexOf('text/plain'))
  const body = part.slice(part.indexOf('\r\n\r\n') + 4)
  const isBase64 = /base64/i.test(part.slice(0, part.indexOf('\r\n\r\n')))
  return isBase64 ? Buffer.from(body.slice(0, body.indexOf('\r\n--')), 'base64').toString('utf8') : decodeQuoted(body)
}
const decodeQuoted = (text: string) =>
  Buffer.from(
    text
      .replaceAll('=\r\n', '')
      .replaceAll(/=([0-9A-F]{2})/g, (_all, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    'latin1',
  ).toString('utf8')
