// How late readings reach a person who watches: event time against arrival on the live stream, both by this machine's clock.
import { setTimeout as sleep } from 'node:timers/promises'

export interface Outage {
  readonly beginMs: number
  readonly endMs: number
}

interface Arrival {
  readonly timeMs: number
  readonly lateMs: number
}

export interface Lateness {
  readonly arrivals: readonly Arrival[]
  /** Of readings that were made outside the outages, and not so shortly before one that it still caught them. */
  of(outages: readonly Outage[]): {
    readonly count: number
    readonly p50: number
    readonly p99: number
    readonly max: number
  }
  pause(ms: number): Promise<void>
  close(): Promise<void>
}

/** What is under way when an outage begins. */
const underWayMs = 2500

export async function followLateness(url: string, series: string): Promise<Lateness> {
  const abort = new AbortController()
  const response = await fetch(`${url}/api/v1/stream?series=${encodeURIComponent(series)}`, { signal: abort.signal })
  if (response.body === null) throw new Error('the live stream has no body')
  const arrivals: Arrival[] = []
  const reading = read(response.body, arrivals).catch(() => undefined)
  return {
    arrivals,
    of(outages) {
      const outside = ({ timeMs }: Arrival) =>
        outages.every(({ beginMs, endMs }) => timeMs < beginMs - underWayMs || timeMs > endMs)
      const late = arrivals
        .filter(outside)
        .map(({ lateMs }) => lateMs)
        .toSorted((a, b) => a - b)
      const at = (share: number) => late[Math.min(late.length - 1, Math.floor(late.length * share))] ?? Number.NaN
      return { count: late.length, p50: at(0.5), p99: at(0.99), max: at(1) }
    },
    pause: async (ms) => {
      await sleep(ms)
    },
    close: async () => {
      abort.abort()
      await reading
    },
  }
}

async function read(body: ReadableStream<Uint8Array>, arrivals: Arrival[]): Promise<void> {
  const decoder = new TextDecoder()
  let pending = ''
  for await (const chunk of body) {
    const nowMs = Date.now()
    pending += decoder.decode(chunk, { stream: true })
    const blocks = pending.split('\n\n')
    pending = blocks.pop() ?? ''
    for (const block of blocks) {
      const data = /^data: (\[.*)$/m.exec(block)?.[1]
      if (data === undefined || !block.includes('event: reading')) continue
      for (const { time } of JSON.parse(data) as { readonly time: number }[]) {
        arrivals.push({ timeMs: time, lateMs: nowMs - time })
      }
    }
  }
}
