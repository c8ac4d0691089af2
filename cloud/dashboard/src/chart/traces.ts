// Loads the curves of one chart, lets them grow with the live readings, and asks the hub for finer spans when somebody zooms.
import { computed, effect, signal, untracked, type ReadonlySignal, type Signal } from '@preact/signals'
import type { City } from '../city/city.ts'
import type { LatestBySeries } from '../city/merge.ts'
import { envelopeOf, spliced, withReading, type Envelope } from './envelope.ts'
import { shiftedParts, type Shift } from './shifts.ts'
import { gridOf, lengthWindow, type ChartLength, type Grid, type TimeWindow } from './time-window.ts'

/** A series at its own time or laid over from another. */
export interface TraceSpec {
  readonly series: string
  readonly shift: Shift
}

export interface ChartSpan {
  readonly length: ChartLength
  /** Undefined: the whole length up to now. */
  readonly zoom: TimeWindow | undefined
}

export type TraceState = Envelope | 'failed' | 'loading'

export interface Traces {
  readonly window: ReadonlySignal<TimeWindow>
  /** In the order of the specs; in stored units. */
  readonly states: ReadonlySignal<readonly TraceState[]>
  /** Finer spans are on their way. */
  readonly refining: ReadonlySignal<boolean>
  retry(): void
  close(): void
}

interface Part {
  readonly envelope: Envelope
  readonly grid: Grid
}

interface Held {
  /** Over the whole length. */
  readonly whole: Part | 'failed' | 'loading'
  /** Around what is zoomed into. */
  readonly detail: Part | undefined
}

/** While somebody drags or pinches the hub is not asked at each step. */
const settleMs = 150
/** The newest spans are asked for again so often: what the live stream gathers within 100 ms, and what comes late. */
const tailEveryMs = 30_000
/** Each so many-th time the whole is asked for, by which a gateway's backlog shows. */
const wholeEvery = 10
/** Of the zoomed window's length, loaded at either side, so that panning does not begin with a blank. */
const margin = 0.3

/** Begins at once; the readings are asked for as long as it is not closed. `spans`: about how many each curve is drawn with. */
export function followTraces(
  city: City,
  specs: readonly TraceSpec[],
  span: ReadonlySignal<ChartSpan>,
  spans: number,
): Traces {
  return new FollowedTraces({ city, specs, span, spans })
}

interface Followed {
  readonly city: City
  readonly specs: readonly TraceSpec[]
  readonly span: ReadonlySignal<ChartSpan>
  readonly spans: number
}

class FollowedTraces implements Traces {
  readonly window: ReadonlySignal<TimeWindow>
  readonly states: ReadonlySignal<readonly TraceState[]>
  readonly refining = signal(false)
  readonly #followed: Followed
  readonly #held: Signal<readonly Held[]>
  readonly #newestMs = signal(Date.now())
  readonly #length: ReadonlySignal<ChartLength>
  readonly #zoom: ReadonlySignal<TimeWindow | undefined>
  /** Answers to older questions than these are thrown away. */
  readonly #asked = { whole: 0, detail: 0 }
  readonly #stops: readonly (() => void)[]
  /** By the place of a spec, the time of the newest reading that is drawn. */
  readonly #takenMs = new Map<number, number>()
  #closed = false
  #tails = 0

  constructor(followed: Followed) {
    this.#followed = followed
    const { specs, span, city } = followed
    this.#held = signal(specs.map(() => ({ whole: 'loading', detail: undefined })))
    this.#length = computed(() => span.value.length)
    this.#zoom = computed(() => span.value.zoom)
    this.window = computed(() => this.#zoom.value ?? lengthWindow(this.#length.value, this.#newestMs.value))
    this.states = computed(() => this.#held.value.map(shownOf))
    const timer = setInterval(() => this.#turn(), tailEveryMs)
    this.#stops = [
      () => clearInterval(timer),
      city.latest.subscribe((latest) => untracked(() => this.#takeNewest(latest))),
      effect(() => {
        void this.#length.value
        untracked(() => void this.#loadWhole())
      }),
      this.#followZoom(),
      this.#followReturn(),
    ]
  }

  retry(): void {
    this.#held.value = this.#held.value.map(({ whole, detail }) => ({
      whole: whole === 'failed' ? 'loading' : whole,
      detail,
    }))
    this.#reload()
  }

  close(): void {
    this.#closed = true
    for (const stop of this.#stops) stop()
  }

  #put(index: number, change: (known: Held) => Held): void {
    this.#held.value = this.#held.value.map((known, place) => (place === index ? change(known) : known))
  }

  async #load({ series, shift }: TraceSpec, grid: Grid): Promise<Part> {
    const { api } = this.#followed.city
    const parts = await Promise.all(
      shiftedParts(grid, shift).map(async ({ fromMs, toMs, byMs }) => {
        const times = { fromMs: fromMs - byMs, toMs: toMs - byMs }
        const buckets = Math.round((toMs - fromMs) / grid.widthMs)
        return envelopeOf(await api.buckets({ series, ...times, buckets }), grid.widthMs, byMs)
      }),
    )
    return { envelope: parts.flat(), grid }
  }

  async #loadWhole(): Promise<void> {
    const { specs, spans } = this.#followed
    const turn = ++this.#asked.whole
    const nowMs = Date.now()
    const grid = gridOf(lengthWindow(this.#length.peek(), nowMs), spans)
    await Promise.all(
      specs.map(async (spec, index) => {
        const part = await this.#load(spec, grid).catch(() => 'failed' as const)
        if (this.#isPast('whole', turn)) return
        // What is shown is better than nothing.
        this.#put(index, ({ whole, detail }) => ({
          whole: part === 'failed' && typeof whole === 'object' ? whole : part,
          detail,
        }))
      }),
    )
    if (!this.#isPast('whole', turn)) this.#newestMs.value = Math.max(this.#newestMs.peek(), nowMs)
  }

  async #loadDetail(): Promise<void> {
    const { specs, spans } = this.#followed
    const turn = ++this.#asked.detail
    const wanted = this.#zoom.peek()
    if (wanted === undefined) return
    this.refining.value = true
    const roomMs = (wanted.toMs - wanted.fromMs) * margin
    const grid = gridOf({ fromMs: wanted.fromMs - roomMs, toMs: wanted.toMs + roomMs }, spans * (1 + 2 * margin))
    await Promise.all(
      specs.map(async (spec, index) => {
        // Without an answer the coarser spans stay, which hold every extreme too.
        const part = await this.#load(spec, grid).catch(() => undefined)
        if (part !== undefined && !this.#isPast('detail', turn)) {
          this.#put(index, (known) => ({ ...known, detail: part }))
        }
      }),
    )
    if (!this.#isPast('detail', turn)) this.refining.value = false
  }

  /** The last spans up to now, of the whole and of the detail where it reaches so far. */
  async #loadTails(): Promise<void> {
    const parts = this.#followed.specs.flatMap((spec, index) =>
      spec.shift === 'none' ? [this.#loadTail(spec, index, 'whole'), this.#loadTail(spec, index, 'detail')] : [],
    )
    await Promise.all(parts)
  }

  async #loadTail(spec: TraceSpec, index: number, name: 'whole' | 'detail'): Promise<void> {
    const turn = this.#asked[name]
    const part = this.#held.peek()[index]?.[name]
    const grid = typeof part === 'object' ? tailOf(part.grid, Date.now()) : undefined
    if (grid === undefined) return
    const tail = await this.#load(spec, grid).catch(() => undefined)
    if (tail === undefined || this.#isPast(name, turn)) return
    this.#put(index, (known) => {
      const before = known[name]
      if (typeof before !== 'object') return known
      return { ...known, [name]: { ...before, envelope: spliced(before.envelope, tail.envelope, grid) } }
    })
  }

  #isPast(name: 'whole' | 'detail', turn: number): boolean {
    return this.#closed || turn !== this.#asked[name]
  }

  /** The newest at the beginning is in the hub's answer. */
  #takeNewest(latest: LatestBySeries): void {
    for (const [index, { series, shift }] of this.#followed.specs.entries()) {
      const item = shift === 'none' ? latest.get(series) : undefined
      if (item === undefined || item.time === null || item.value === null || item.quality === 'bad') continue
      const taken = this.#takenMs.get(index)
      if (taken !== undefined && item.time <= taken) continue
      this.#takenMs.set(index, item.time)
      if (taken !== undefined) this.#take(index, { timeMs: item.time, value: item.value })
    }
  }

  #take(index: number, reading: { readonly timeMs: number; readonly value: number }): void {
    const grown = (part: Part): Part => ({ ...part, envelope: withReading(part.envelope, reading, part.grid) })
    this.#put(index, ({ whole, detail }) => {
      const inWhole = typeof whole === 'object' && reading.timeMs >= whole.grid.fromMs
      const inDetail = detail !== undefined && isWithin(reading.timeMs, detail.grid)
      return { whole: inWhole ? grown(whole) : whole, detail: inDetail ? grown(detail) : detail }
    })
    this.#newestMs.value = Math.max(this.#newestMs.peek(), reading.timeMs)
  }

  #followZoom(): () => void {
    let timer: ReturnType<typeof setTimeout> | undefined
    let isFirst = true
    const stop = this.#zoom.subscribe((wanted) => {
      clearTimeout(timer)
      if (wanted === undefined) untracked(() => this.#dropDetail())
      else timer = setTimeout(() => void this.#loadDetail(), isFirst ? 0 : settleMs)
      isFirst = false
    })
    return () => {
      clearTimeout(timer)
      stop()
    }
  }

  #dropDetail(): void {
    this.#asked.detail += 1
    this.refining.value = false
    this.#held.value = this.#held.value.map(({ whole }) => ({ whole, detail: undefined }))
  }

  /** What came while the hub could not be heard, or while a gateway was away, is in no live stream. */
  #followReturn(): () => void {
    const { city, specs } = this.#followed
    const own = new Set(specs.map(({ series }) => series.split('/', 2).join('/')))
    const isPresent = computed(
      () =>
        city.connection.value === 'live' &&
        city.gateways.value.every(({ id, state }) => !own.has(id) || state === 'online'),
    )
    let was = isPresent.peek()
    return isPresent.subscribe((is) => {
      if (is && !was) this.#reload()
      was = is
    })
  }

  #reload(): void {
    void this.#loadWhole()
    void this.#loadDetail()
  }

  #turn(): void {
    this.#tails += 1
    if (this.#tails % wholeEvery === 0) this.#reload()
    else void this.#loadTails()
  }
}

function isWithin(timeMs: number, { fromMs, toMs }: TimeWindow): boolean {
  return timeMs >= fromMs && timeMs < toMs
}

/** The last two spans of a grid that goes on up to now; undefined where it ended long ago. */
function tailOf({ fromMs, toMs, widthMs }: Grid, nowMs: number): Grid | undefined {
  const endMs = fromMs + Math.ceil((nowMs + 1 - fromMs) / widthMs) * widthMs
  const isOpen = toMs + tailEveryMs * wholeEvery * 2 > nowMs
  return isOpen
    ? { fromMs: Math.max(fromMs, endMs - Math.max(2 * widthMs, 2 * tailEveryMs + widthMs)), toMs: endMs, widthMs }
    : undefined
}

function shownOf({ whole, detail }: Held): TraceState {
  if (detail === undefined) return typeof whole === 'object' ? whole.envelope : whole
  return typeof whole === 'object' ? spliced(whole.envelope, detail.envelope, detail.grid) : detail.envelope
}
