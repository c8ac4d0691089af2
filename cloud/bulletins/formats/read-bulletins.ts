// One door for every format of a file, an upload or a feed: CAP 1.2, RSS 2.0 or Atom, told apart by the root element.
import { AppError } from '../../../broker/contract/app-error.ts'
import type { BulletinDraft } from '../bulletin.ts'
import { readCap } from './cap.ts'
import { type Feed, readAtom, readRss } from './feed.ts'
import { parseXml } from './xml.ts'

export interface ReadBulletins extends Feed {
  readonly format: 'cap' | 'rss' | 'atom'
  /** Messages of CAP that are not for the public. */
  readonly notPublic: number
}

/** `language`: of texts whose feed does not say. Throws `bulletin.invalid`, `limit.exceeded`. */
export function readBulletins(bytes: Uint8Array, language: string): ReadBulletins {
  const { name, root } = parseXml(bytes)
  if (name === 'rss') return { format: 'rss', notPublic: 0, ...readRss(root, language) }
  if (name === 'feed') return { format: 'atom', notPublic: 0, ...readAtom(root, language) }
  if (name !== 'alert') throw new AppError('bulletin.invalid', `<${name.slice(0, 60)}> is neither CAP, RSS nor Atom`)
  const draft: BulletinDraft | undefined = readCap(root)
  const drafts = draft === undefined ? [] : [draft]
  return { format: 'cap', notPublic: 1 - drafts.length, drafts, capLinks: [], leftOut: 0 }
}
