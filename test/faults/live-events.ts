// Follows the hub's live stream as a browser does, and keeps every event.
import type { EventItem } from '../../cloud/events/event-schemas.ts'
import type { AlarmItem } from '../../cloud/alarms/alarm-schemas.ts'
import type { StreamReading } from '../../cloud/http/schemas.ts'

export interface LiveEvents {
  readonly readings: readonly StreamReading[]
  readonly alarms: readonly AlarmItem[]
  readonly events: readonly EventItem[]
  close(): Promise<void>
}

/** Follows until closed, or until the hub goes away; resolves once the stream is open. */
export async function followLive(url: string): Promise<LiveEvents> {
  const abort = new AbortController()
  const response = await fetch(`${url}/api/v1/stream`, { signal: abort.signal })
  if (!response.ok || response.body === null) throw new Error(`the stream answers ${response.status}`)
  const readings: StreamReading[] = []
  const alarms: AlarmItem[] = []
  const events: EventItem[] = []
  const take = (block: string): void => {
    const fields = new Map(block.split('\n').map((line) => [line.split(':', 1)[0], line.replace(/^\w+: ?/, '')]))
    const data = fields.get('data')
    if (data === undefined) return
    if (fields.get('event') === 'reading') readings.push(...(JSON.parse(data) as StreamReading[]))
    if (fields.get('event') === 'event') events.push(JSON.parse(data) as EventItem)
    if (fields.get('event') === 'alarm') alarms.push(JSON.parse(data) as AlarmItem)
  }
  const ended = readBlocks(response.body, take).catch(() => undefined)
  return {
    readings,
    alarms,
    events,
    close: async () => {
      abort.abort()
      await ended
    },
  }
}

async function readBlocks(body: ReadableStream<Uint8Array>, take: (block: string) => void): Promise<void> {
  const decoder = new TextDecoder()
  let pending = ''
  for await (const chunk of body) {
    pending += decoder.decode(chunk, { stream: true })
    const blocks = pending.split('\n\n')
    pending = blocks.pop() ?? ''
    for (const block of blocks) take(block)
  }
}
