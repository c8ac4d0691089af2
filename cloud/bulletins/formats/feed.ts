// Reads entries of RSS 2.0 and Atom (RFC 4287) as bulletins: a GUID, a title, a text, a time, a link; and links to CAP files.
import { AppError } from '../../../broker/contract/app-error.ts'
import type { BulletinDraft } from '../bulletin.ts'
import { cleanLink, cleanTitle, textOfHtml } from './clean-text.ts'
import { attributeOf, childOf, childrenOf, textOf, type XmlNode } from './xml.ts'

/** Of one feed; what stands after them is left for another day, and counted. */
const maxEntries = 200
const maxName = 500
const capType = 'application/cap+xml'

export interface Feed {
  readonly drafts: readonly BulletinDraft[]
  /** Files of CAP that entries point to: they say more than the entry. */
  readonly capLinks: readonly string[]
  /** Entries without a title, or beyond the bound. */
  readonly leftOut: number
}

/** `language`: of the texts, where the feed does not say. Throws `bulletin.invalid`. */
export function readRss(rss: XmlNode, language: string): Feed {
  const channel = childOf(rss, 'channel')
  if (channel === undefined) throw new AppError('bulletin.invalid', 'RSS: there is no channel')
  const own = languageOf(textOf(channel, 'language'), language)
  return feedOf(childrenOf(channel, 'item'), (item) => {
    const link = cleanLink(textOf(item, 'link'))
    const text = textOf(item, 'description') || textOf(item, 'encoded')
    const attached = childrenOf(item, 'enclosure').find((one) => attributeOf(one, 'type') === capType)
    return {
      guid: textOf(item, 'guid') || link || '',
      title: textOf(item, 'title'),
      text,
      time: textOf(item, 'pubDate') || textOf(item, 'date'),
      link,
      language: own,
      capLink: attached === undefined ? undefined : cleanLink(attributeOf(attached, 'url') ?? ''),
    }
  })
}

/** As readRss. */
export function readAtom(feed: XmlNode, language: string): Feed {
  const own = languageOf(attributeOf(feed, 'lang') ?? '', language)
  return feedOf(childrenOf(feed, 'entry'), (entry) => {
    const links = childrenOf(entry, 'link')
    const page = links.find(
      (one) => (attributeOf(one, 'rel') ?? 'alternate') === 'alternate' && typeOf(one) !== capType,
    )
    const link = cleanLink(attributeOf(page, 'href') ?? '')
    const cap = links.find((one) => typeOf(one) === capType)
    return {
      guid: textOf(entry, 'id') || link || '',
      title: textOf(entry, 'title'),
      text: textOf(entry, 'content') || textOf(entry, 'summary'),
      time: textOf(entry, 'updated') || textOf(entry, 'published'),
      link,
      language: languageOf(attributeOf(entry, 'lang') ?? '', own),
      capLink: cap === undefined ? undefined : cleanLink(attributeOf(cap, 'href') ?? ''),
    }
  })
}

interface Entry {
  readonly guid: string
  readonly title: string
  readonly text: string
  readonly time: string
  readonly link: string | undefined
  readonly language: string
  readonly capLink: string | undefined
}

function feedOf(nodes: readonly XmlNode[], read: (node: XmlNode) => Entry): Feed {
  const drafts: BulletinDraft[] = []
  const capLinks: string[] = []
  let leftOut = Math.max(0, nodes.length - maxEntries)
  for (const node of nodes.slice(0, maxEntries)) {
    const entry = read(node)
    if (entry.capLink !== undefined) capLinks.push(entry.capLink)
    else if (cleanTitle(textOfHtml(entry.title)) === '') leftOut += 1
    else drafts.push(draftOf(entry))
  }
  return { drafts, capLinks, leftOut }
}

function draftOf({ guid, title, text, time, link, language }: Entry): BulletinDraft {
  const sentMs = timeOf(time)
  const shown = cleanTitle(textOfHtml(title))
  return {
    sender: '',
    // Without any name of its own an entry is what it says.
    identifier: (guid === '' ? `${shown} ${time}` : guid).slice(0, maxName),
    kind: 'alert',
    references: [],
    content: {
      status: /^\s*[【[(]?\s*(?:訓練|exercise|drill)/i.test(shown) ? 'exercise' : 'actual',
      categories: [],
      urgency: 'unknown',
      severity: 'unknown',
      certainty: 'unknown',
      texts: { [language]: { title: shown, text: textOfHtml(text) } },
      areas: [],
      link,
    },
    sentMs,
    effectiveMs: undefined,
    expiresMs: undefined,
    changesInPlace: true,
  }
}

/** RFC 822 (RSS) or RFC 3339 (Atom); undefined where it is neither. */
function timeOf(text: string): number | undefined {
  const ms = Date.parse(text.replace(/\bJST$/, '+0900'))
  return Number.isNaN(ms) ? undefined : ms
}

function typeOf(link: XmlNode): string | undefined {
  return attributeOf(link, 'type')
}

function languageOf(text: string, otherwise: string): string {
  return /^[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8}){0,4}$/.test(text) ? text : otherwise
}
