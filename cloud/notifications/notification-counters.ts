// What notification counts, and how it is shown on /metrics.
import { Counter, Gauge, Registry } from 'prom-client'
import { registerPlainCounters } from '../ingest/plain-counters.ts'

export interface NotificationCounters {
  noticesTaken: number
  noticesRepeated: number
  noticesDropped: number
  heldForQuiet: number
  heldForDigest: number
  heldForRate: number
  overflow: number
  unreachable: number
  escalationSteps: number
  /** By `{channel} {outcome}`; outcome: delivered, retry, dead. */
  readonly sends: Map<string, number>
}

export function newCounters(): NotificationCounters {
  return {
    noticesTaken: 0,
    noticesRepeated: 0,
    noticesDropped: 0,
    heldForQuiet: 0,
    heldForDigest: 0,
    heldForRate: 0,
    overflow: 0,
    unreachable: 0,
    escalationSteps: 0,
    sends: new Map(),
  }
}

export function countSend(
  counters: NotificationCounters,
  channel: string,
  outcome: 'delivered' | 'retry' | 'dead',
): void {
  const key = `${channel} ${outcome}`
  counters.sends.set(key, (counters.sends.get(key) ?? 0) + 1)
}

/** `waiting`: deliveries that are neither told nor given up. */
export function notificationMetrics(counters: NotificationCounters, waiting: () => number): Registry {
  const registry = new Registry()
  registerPlainCounters<Exclude<keyof NotificationCounters, 'sends'>>(registry, counters, [
    ['noticesTaken', 'musubi_notices_total', 'Notices of alarms taken to be told'],
    ['noticesRepeated', 'musubi_notices_repeated_total', 'Notices that had been taken before and changed nothing'],
    ['noticesDropped', 'musubi_notices_dropped_total', 'Notices lost because the database took none for too long'],
    ['heldForQuiet', 'musubi_notifications_held_quiet_total', 'Messages kept until quiet hours end'],
    ['heldForDigest', 'musubi_notifications_held_digest_total', 'Messages kept for a digest'],
    ['heldForRate', 'musubi_notifications_held_rate_total', 'Messages above the rate of a person, told together later'],
    ['overflow', 'musubi_notifications_overflow_total', 'Messages above the bound of a queue, told as a number only'],
    ['unreachable', 'musubi_notifications_unreachable_total', 'Messages for people without any address'],
    ['escalationSteps', 'musubi_notification_escalations_total', 'Steps climbed because nobody acknowledged'],
  ])
  const sends = new Counter({
    name: 'musubi_notification_sends_total',
    help: 'Tries to send a message, by channel and outcome',
    labelNames: ['channel', 'outcome'],
    registers: [registry],
    collect() {
      sends.reset()
      for (const [key, count] of counters.sends) {
        const [channel = '', outcome = ''] = key.split(' ')
        sends.inc({ channel, outcome }, count)
      }
    },
  })
  const gauge = new Gauge({
    name: 'musubi_notifications_waiting',
    help: 'Messages that are neither sent nor given up',
    registers: [registry],
    collect() {
      gauge.set(waiting())
    },
  })
  return registry
}
