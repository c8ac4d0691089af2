// The log of a gateway while somebody follows it: its last lines, as they come.
import { signal, type ReadonlySignal } from '@preact/signals'

export interface LogLine {
  readonly timeMs: number | undefined
  /** As pino counts: 30 information, 40 warning, 50 error. */
  readonly level: number
  readonly text: string
}

export type FollowState = 'off' | 'waiting' | 'following' | 'ended' | 'failed'

export interface FollowedLog {
  readonly state: ReadonlySignal<FollowState>
  /** Oldest first. Bound: 500; the oldest leave. */
  readonly lines: ReadonlySignal<readonly LogLine[]>
  /** Left out by the gateway, because more came than may be sent. */
  readonly dropped: ReadonlySignal<number>
  start(url: string): void
  stop(): void
}

const mostLines = 500

export function createFollowedLog(open: (url: string) => EventSource): FollowedLog {
  const state = signal<FollowState>('off')
  const lines = signal<readonly LogLine[]>([])
  const dropped = signal(0)
  let source: EventSource | undefined

  function close(then: FollowState): void {
    source?.close()
    source = undefined
    state.value = then
  }

  return {
    state,
    lines,
    dropped,
    start(url) {
      close('waiting')
      lines.value = []
      dropped.value = 0
      source = open(url)
      source.addEventListener('log', (event) => {
        const part = JSON.parse(String(event.data)) as { readonly lines: readonly string[]; readonly dropped: number }
        state.value = 'following'
        lines.value = [...lines.value, ...part.lines.map(parsedLine)].slice(-mostLines)
        dropped.value += part.dropped
      })
      source.addEventListener('end', () => close('ended'))
      // The browser would ask again and again, and each time the gateway would begin anew.
      source.addEventListener('error', () => close('failed'))
    },
    stop: () => close('off'),
  }
}

/** A line as pino writes it; another is shown as it is. */
export function parsedLine(line: string): LogLine {
  try {
    const { time, level, msg, ...rest } = JSON.parse(line) as Readonly<Record<string, unknown>>
    const fields = Object.entries(rest).filter(([key]) => key !== 'program')
    const words = fields.map(([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
    return {
      timeMs: typeof time === 'number' ? time : undefined,
      level: typeof level === 'number' ? level : 30,
      text: [typeof msg === 'string' ? msg : '', ...words].join('  '),
    }
  } catch {
    return { timeMs: undefined, level: 30, text: line }
  }
}
