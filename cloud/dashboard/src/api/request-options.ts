// What every call of the generated client is given: where the hub is, how its answers are looked at, and how long to wait.
import type { defaults } from './generated/hub-client.ts'

export type RequestOptions = typeof defaults & RequestInit

/** Options of one call, whose time begins now; without `limitMs` the usual one. */
export type Within = (limitMs?: number) => RequestOptions
