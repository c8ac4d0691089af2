// From bytes of any format, or a draft, to bulletins that are taken; each fault is counted under its source.
import { AppError, toAppError } from '../../broker/contract/app-error.ts'
import type { BulletinDraft } from './bulletin.ts'
import type { BulletinBook, Intake, Origin } from './bulletin-book.ts'
import type { BulletinCounters } from './bulletin-counters.ts'
import { readBulletins } from './formats/read-bulletins.ts'

interface IntakeFault {
  readonly code: string
  readonly detail: string
  /** Of the message; empty where it could not be read so far. */
  readonly identifier: string
}

export interface IntakeReport {
  readonly items: readonly (Intake & { readonly identifier: string })[]
  readonly faults: readonly IntakeFault[]
  /** Not for the public, not about these places, or beyond the bound of a feed. */
  readonly leftOut: number
  /** Files of CAP that entries point to. */
  readonly capLinks: readonly string[]
}

export interface IntakeHow {
  /** Of texts, where the format does not say. */
  readonly language: string
  /** Only what has one of these words; empty: everything. */
  readonly contains: readonly string[]
  /** Entries of feeds are kept and not told: the source is read for the first time. */
  readonly isFirst: boolean
}

export class BulletinIntake {
  readonly book: BulletinBook
  readonly #counters: BulletinCounters

  constructor({ book, counters }: { readonly book: BulletinBook; readonly counters: BulletinCounters }) {
    this.book = book
    this.#counters = counters
  }

  /** Throws `bulletin.invalid` and `limit.exceeded` for bytes that are none of the formats, `store.unavailable`. */
  async takeBytes(bytes: Uint8Array, origin: Origin, how: IntakeHow): Promise<IntakeReport> {
    let read
    try {
      read = readBulletins(bytes, how.language)
    } catch (thrown) {
      const fault = toAppError(thrown, 'bulletin.invalid')
      this.#counters.refused(origin.source, fault.code)
      throw fault
    }
    const fitting = read.drafts.filter((draft) => speaksOf(draft, how.contains))
    const isTold = origin.isTold && !(how.isFirst && read.format !== 'cap')
    // Oldest first, as they were said; a feed has the newest on top.
    const inOrder = fitting.toSorted((a, b) => (a.sentMs ?? 0) - (b.sentMs ?? 0))
    const report = await this.takeDrafts(inOrder, { ...origin, isTold })
    this.#counters.refused(origin.source, 'left-out', read.leftOut)
    const leftOut = read.leftOut + read.notPublic + read.drafts.length - fitting.length
    return { ...report, leftOut, capLinks: read.capLinks }
  }

  /** A fault of one does not keep the others out. Throws `store.unavailable`. */
  async takeDrafts(drafts: readonly BulletinDraft[], origin: Origin): Promise<IntakeReport> {
    const items: (Intake & { readonly identifier: string })[] = []
    const faults: IntakeFault[] = []
    for (const draft of drafts) {
      const { identifier } = draft
      try {
        items.push({ ...(await this.book.take(draft, origin)), identifier })
      } catch (thrown) {
        if (!(thrown instanceof AppError) || !thrown.code.startsWith('bulletin.')) throw toAppError(thrown, 'internal')
        this.#counters.refused(origin.source, thrown.code)
        faults.push({ code: thrown.code, detail: thrown.message, identifier })
      }
    }
    return { items, faults, leftOut: 0, capLinks: [] }
  }
}

function speaksOf({ content, kind }: BulletinDraft, words: readonly string[]): boolean {
  // What is called off is known by what it refers to.
  if (words.length === 0 || kind === 'cancel') return true
  const said = [
    ...Object.values(content.texts).flatMap(({ title, text }) => [title, text]),
    ...content.areas.map(({ name }) => name),
  ]
  return words.some((word) => said.some((text) => text.includes(word)))
}
