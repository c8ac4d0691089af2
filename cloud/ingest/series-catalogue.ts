// Which series exist: `{tenant}/{gateway}/{name}` to a dense id, looked up per gateway so that no key is built per reading.
import { AppError } from '../../broker/contract/app-error.ts'
import { gatewayKey, type GatewayIdentity } from '../../broker/contract/topics.ts'
import type { Cursor, SeriesRecord } from '../store/store.ts'

/** Through which seq an epoch has been accepted into a group, and through which it is stored. */
export interface EpochCursor {
  readonly gateway: GatewayEntry
  readonly epoch: string
  accepted: number
  committed: number
  /** Monotonic ms of its newest message; −Infinity: none since start. */
  usedAtMs: number
}

/**
 * What ingest knows of a gateway. `heardMs` is the arrival (Unix ms; 0: none since start) of its newest message of readings,
 * `heardAtMs` the same in monotonic ms, for durations; `observedAtMs` that of the newest one that is stored and that the alarms
 * have seen, which is far behind while the store is away. −Infinity: none since start.
 */
export interface GatewayEntry {
  readonly key: string
  readonly identity: GatewayIdentity
  readonly series: Map<string, number>
  readonly epochs: Map<string, EpochCursor>
  heardMs: number
  heardAtMs: number
  observedAtMs: number
  rewoundAtMs: number
  /** Monotonic ms at which an epoch was last forgotten in favour of a new one. */
  forgotAtMs: number
}

/** Each bound is per gateway; a message that would pass it is refused as poison (`limit.exceeded`). */
const maxSeriesPerGateway = 20_000
/** Beyond it a new epoch takes the place of the one that has been quiet for longest, at most once in `forgetEveryMs`. */
const maxEpochsPerGateway = 1_000
const forgetEveryMs = 60_000
const maxNameLength = 128

/** Series and cursors of every gateway. Ids are dense from 0 and stay valid through a rolled-back commit. */
export class SeriesCatalogue {
  readonly #gateways = new Map<string, GatewayEntry>()
  readonly #keys: string[] = []
  readonly #names: string[] = []
  readonly #owners: GatewayEntry[] = []
  readonly #units: (string | undefined)[] = []
  readonly #intervalsS: (number | undefined)[] = []
  readonly #idsByKey = new Map<string, number>()
  /** Series that no commit has carried yet; owner: ingest, which empties it into the next group. */
  #unsaved: SeriesRecord[] = []

  /** Takes over what the store holds. `series` must be dense from 0; `cursors`: those that moved last come last. */
  restore(series: readonly SeriesRecord[], cursors: readonly Cursor[]): void {
    for (const record of series.toSorted((a, b) => a.id - b.id)) {
      const { identity, name } = parseSeriesKey(record.key)
      this.#insert(this.gateway(identity), name, record)
    }
    for (const cursor of cursors) {
      const entry = this.gateway(parseGatewayKey(cursor.gateway))
      const { epoch, through } = cursor
      const usedAtMs = Number.NEGATIVE_INFINITY
      entry.epochs.set(epoch, { gateway: entry, epoch, accepted: through, committed: through, usedAtMs })
    }
  }

  get size(): number {
    return this.#keys.length
  }

  gateway(identity: GatewayIdentity): GatewayEntry {
    const key = gatewayKey(identity)
    const known = this.#gateways.get(key)
    if (known !== undefined) return known
    const entry: GatewayEntry = {
      key,
      identity,
      series: new Map(),
      epochs: new Map(),
      heardMs: 0,
      heardAtMs: Number.NEGATIVE_INFINITY,
      observedAtMs: Number.NEGATIVE_INFINITY,
      rewoundAtMs: Number.NEGATIVE_INFINITY,
      forgotAtMs: Number.NEGATIVE_INFINITY,
    }
    this.#gateways.set(key, entry)
    return entry
  }

  gatewayByKey(key: string): GatewayEntry | undefined {
    return this.#gateways.get(key)
  }

  gateways(): IterableIterator<GatewayEntry> {
    return this.#gateways.values()
  }

  /**
   * A gateway begins an epoch after each long outage and uses a few at a time, so that the quietest of very many is done
   * with. `atMs` is monotonic. Throws `limit.exceeded` where a gateway invents epochs without end.
   */
  cursor(gateway: GatewayEntry, epoch: string, atMs: number): EpochCursor {
    const known = gateway.epochs.get(epoch)
    if (known !== undefined) {
      known.usedAtMs = atMs
      return known
    }
    if (gateway.epochs.size >= maxEpochsPerGateway) forgetQuietest(gateway, atMs)
    const cursor = { gateway, epoch, accepted: 0, committed: 0, usedAtMs: atMs }
    gateway.epochs.set(epoch, cursor)
    return cursor
  }

  /** Throws `limit.exceeded` where these names cannot all become series of this gateway. Registers nothing. */
  admit(gateway: GatewayEntry, names: readonly { readonly name: string }[]): void {
    let unknown = 0
    for (const { name } of names) {
      if (gateway.series.has(name)) continue
      unknown += 1
      if (name.length > maxNameLength) {
        throw new AppError('limit.exceeded', `the series name "${name.slice(0, 40)}…" is longer than ${maxNameLength}`)
      }
    }
    if (unknown > 0 && gateway.series.size + unknown > maxSeriesPerGateway) {
      throw new AppError('limit.exceeded', `${gateway.key} has more than ${maxSeriesPerGateway} series`)
    }
  }

  /** The id of a series, registered at first sight; a new one travels in the next commit. */
  resolve(gateway: GatewayEntry, name: string, unit: string | undefined): number {
    const known = gateway.series.get(name)
    if (known !== undefined) return known
    const record = { id: this.#keys.length, key: `${gateway.key}/${name}`, unit }
    this.#insert(gateway, name, record)
    this.#unsaved.push(record)
    return record.id
  }

  takeUnsaved(): readonly SeriesRecord[] {
    if (this.#unsaved.length === 0) return this.#unsaved
    const taken = this.#unsaved
    this.#unsaved = []
    return taken
  }

  /** Gives back the series of a commit that did not happen. */
  returnUnsaved(series: readonly SeriesRecord[]): void {
    if (series.length > 0) this.#unsaved = [...series, ...this.#unsaved]
  }

  id(key: string): number | undefined {
    return this.#idsByKey.get(key)
  }

  key(id: number): string {
    return this.#at(this.#keys, id)
  }

  /** `device:channel`, as the gateway calls it. */
  name(id: number): string {
    return this.#at(this.#names, id)
  }

  owner(id: number): GatewayEntry {
    return this.#at(this.#owners, id)
  }

  unit(id: number): string | undefined {
    return this.#units[id]
  }

  /** A series that began without a unit takes the first one that it names; a later change is told by registry/series-units.ts. */
  learnUnit(id: number, unit: string): void {
    this.#units[id] = unit
  }

  /** SenML `ut`: the longest time to the next reading in seconds, where the gateway says so. */
  intervalS(id: number): number | undefined {
    return this.#intervalsS[id]
  }

  learnInterval(id: number, intervalS: number): void {
    this.#intervalsS[id] = intervalS
  }

  #insert(gateway: GatewayEntry, name: string, record: SeriesRecord): void {
    gateway.series.set(name, record.id)
    this.#idsByKey.set(record.key, record.id)
    this.#keys[record.id] = record.key
    this.#names[record.id] = name
    this.#owners[record.id] = gateway
    this.#units[record.id] = record.unit
  }

  #at<T>(column: readonly T[], id: number): T {
    const value = column[id]
    if (value === undefined) throw new AppError('not-found', `there is no series ${id}`)
    return value
  }
}

function forgetQuietest(gateway: GatewayEntry, atMs: number): void {
  if (atMs - gateway.forgotAtMs < forgetEveryMs) {
    throw new AppError('limit.exceeded', `${gateway.key} uses more than ${maxEpochsPerGateway} epochs`)
  }
  gateway.forgotAtMs = atMs
  let quietest: EpochCursor | undefined
  for (const cursor of gateway.epochs.values()) {
    if (quietest === undefined || cursor.usedAtMs < quietest.usedAtMs) quietest = cursor
  }
  if (quietest !== undefined) gateway.epochs.delete(quietest.epoch)
}

/** `{tenant}/{gateway}` */
export function parseGatewayKey(key: string): GatewayIdentity {
  const cut = key.indexOf('/')
  return { tenant: key.slice(0, cut), gateway: key.slice(cut + 1) }
}

/** `{tenant}/{gateway}/{name}`; the name may hold further slashes. */
function parseSeriesKey(key: string): { readonly identity: GatewayIdentity; readonly name: string } {
  const cut = key.indexOf('/', key.indexOf('/') + 1)
  return { identity: parseGatewayKey(key.slice(0, cut)), name: key.slice(cut + 1) }
}
