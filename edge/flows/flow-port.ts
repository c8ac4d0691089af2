// In the process of the flows: what nodes ask of the gateway, and the samples that come to them.
import { AppError, type ErrorCode } from '../../broker/contract/app-error.ts'
import { matchesGlob, maxGlobLength } from './glob.ts'
import type { FlowAnswer, FlowAsk, FlowPlaces, FlowSample, FromFlows, ToFlows } from './messages.ts'
import { createRateLimit, flowRates } from './rate-limit.ts'

export interface FlowPort {
  readonly places: FlowPlaces
  /** The gateway's answer. Throws AppError: its refusal, `limit.exceeded`, or `internal` when it does not answer in 15 s. */
  ask(question: FlowAsk): Promise<number | undefined>
  /** Has the samples of series that match one of the globs; returns the end of that. */
  listen(patterns: readonly string[], heard: (sample: FlowSample) => void): () => void
  log(level: 'warn' | 'error', text: string): void
}

export interface FlowPortHost extends FlowPort {
  received(message: ToFlows): void
}

const answerLimitMs = 15_000
/** Bound of the questions without an answer yet. Overflow: a further one is refused, counted. Owner: this port. */
const maxAsked = 500
const maxLogText = 500

interface Asked {
  settle(answer: FlowAnswer): void
}

export function createFlowPort(places: FlowPlaces, tell: (message: FromFlows) => void): FlowPortHost {
  const asked = new Map<number, Asked>()
  const listeners = new Map<object, { patterns: readonly string[]; heard: (sample: FlowSample) => void }>()
  const monotonicMs = (): number => performance.now()
  const asks = createRateLimit({ ...flowRates.asks, monotonicMs })
  const logs = createRateLimit({ ...flowRates.logs, monotonicMs })
  let next = 0
  let refused = 0
  let unlogged = 0
  let isToTell = false

  /** Nodes are made one after the other: what they want is told once. */
  function tellWants(): void {
    if (isToTell) return
    isToTell = true
    setImmediate(() => {
      isToTell = false
      tell({ kind: 'wants', patterns: [...new Set([...listeners.values()].flatMap(({ patterns }) => patterns))] })
    })
  }

  function hear(samples: readonly FlowSample[]): void {
    for (const sample of samples) {
      for (const { patterns, heard } of listeners.values()) {
        if (patterns.some((glob) => matchesGlob(glob, sample.name))) heard(sample)
      }
    }
    // After the messages that these have set off: a flow that cannot keep up gets no more than it takes.
    setImmediate(() => tell({ kind: 'taken' }))
  }

  return {
    places,
    async ask(question) {
      if (asked.size >= maxAsked || !asks.take()) {
        refused += 1
        throw new AppError('limit.exceeded', `flows ask more than ${flowRates.asks.perSecond} times a second`)
      }
      next += 1
      const answer = await answered(next, question, { asked, tell })
      if (answer.ok) return answer.value
      throw new AppError(answer.code, answer.message)
    },
    listen(patterns, heard) {
      const key = {}
      listeners.set(key, { patterns: patterns.filter(({ length }) => length <= maxGlobLength), heard })
      tellWants()
      return () => {
        listeners.delete(key)
        tellWants()
      }
    },
    log(level, text) {
      if (logs.take()) tell({ kind: 'log', level, text: text.slice(0, maxLogText) })
      else unlogged += 1
    },
    received(message) {
      if (message.kind === 'samples') hear(message.samples)
      else if (message.kind === 'answer') asked.get(message.ask)?.settle(message.answer)
      else if (message.kind === 'ping') {
        tell({ kind: 'pong', beat: message.beat, refused, unlogged })
        refused = 0
        unlogged = 0
      }
    },
  }
}

function answered(
  ask: number,
  question: FlowAsk,
  { asked, tell }: { readonly asked: Map<number, Asked>; readonly tell: (message: FromFlows) => void },
): Promise<FlowAnswer> {
  return new Promise((resolve) => {
    const code: ErrorCode = 'internal'
    const late = { ok: false, code, message: 'the gateway did not answer in time' } as const
    const timer = setTimeout(() => settle(late), answerLimitMs)
    const settle = (answer: FlowAnswer): void => {
      clearTimeout(timer)
      asked.delete(ask)
      resolve(answer)
    }
    asked.set(ask, { settle })
    tell({ kind: 'ask', ask, question })
  })
}
