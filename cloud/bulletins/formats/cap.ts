// Reads a message of the Common Alerting Protocol 1.2 (OASIS, 1 July 2010, §3.2), which is one element `alert`; 1.1 and 1.0
// have the same elements of what is read here.
import { AppError } from '../../../broker/contract/app-error.ts'
import {
  type BulletinArea,
  type BulletinContent,
  type BulletinDraft,
  type BulletinReference,
  type BulletinText,
  categories,
  certainties,
  kinds,
  severities,
  statuses,
  urgencies,
} from '../bulletin.ts'
import { cleanLink, cleanText, cleanTitle } from './clean-text.ts'
import { childOf, childrenOf, innerText, textOf, type XmlNode } from './xml.ts'

const maxInfos = 30
const maxAreas = 200
const maxPoints = 5_000
const maxReferences = 100
const maxName = 300

/**
 * What it says to the public; undefined for what is not for it: acknowledgements and errors (`msgType`), drafts and messages
 * among systems (`status`), restricted and private ones (`scope`). Throws `bulletin.invalid` with the element that is wrong.
 */
export function readCap(alert: XmlNode): BulletinDraft | undefined {
  const type = required(alert, 'msgType').toLowerCase()
  const status = required(alert, 'status').toLowerCase()
  const scope = required(alert, 'scope').toLowerCase()
  if (['ack', 'error'].includes(type) || ['system', 'draft'].includes(status) || scope !== 'public') return undefined
  const kind = oneOf(kinds, type, 'msgType')
  const infos = childrenOf(alert, 'info')
  if (infos.length === 0 && kind !== 'cancel') throw invalid('info', 'there is none')
  if (infos.length > maxInfos) throw invalid('info', `there are more than ${maxInfos}`)
  const times = infos.map((info) => textOf(info, 'expires')).filter((text) => text !== '')
  const begins = infos.map((info) => textOf(info, 'effective')).filter((text) => text !== '')
  return {
    sender: named(required(alert, 'sender'), 'sender'),
    identifier: named(required(alert, 'identifier'), 'identifier'),
    kind,
    references: referencesOf(textOf(alert, 'references')),
    content: { ...contentOf(infos), status: oneOf(statuses, status, 'status') },
    sentMs: timeOf(required(alert, 'sent'), 'sent'),
    effectiveMs: begins.length === 0 ? undefined : Math.min(...begins.map((text) => timeOf(text, 'effective'))),
    expiresMs: times.length === 0 ? undefined : Math.max(...times.map((text) => timeOf(text, 'expires'))),
    changesInPlace: false,
  }
}

/** Of all languages and parts; the worst severity, the most urgent, the surest of them holds for the whole. */
function contentOf(infos: readonly XmlNode[]): Omit<BulletinContent, 'status'> {
  const texts: Record<string, BulletinText> = {}
  for (const info of infos) addText(texts, info)
  const links = infos.map((info) => cleanLink(textOf(info, 'web')))
  const words = infos.flatMap((info) => childrenOf(info, 'category').map((one) => innerText(one).trim().toLowerCase()))
  return {
    categories: [...new Set(words.map((word) => oneOf(categories, word, 'category')))],
    urgency: foremost(urgencies, infos, 'urgency'),
    severity: foremost(severities, infos, 'severity'),
    certainty: foremost(certainties, infos, 'certainty'),
    texts,
    areas: areasOf(infos),
    link: links.find((link) => link !== undefined),
  }
}

/** §3.2.2: the language is RFC 3066, `en-US` where none is given. Parts in one language stand below each other. */
function addText(texts: Record<string, BulletinText>, info: XmlNode): void {
  const language = textOf(info, 'language') || 'en-US'
  if (!/^[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8}){0,4}$/.test(language)) throw invalid('language', `"${language}" is none`)
  const title = cleanTitle(textOf(info, 'headline') || textOf(info, 'event'))
  if (title === '') throw invalid('event', 'there is none')
  const text = cleanText([textOf(info, 'description'), textOf(info, 'instruction')].filter(Boolean).join('\n'))
  const known = texts[language]
  const isMore = known !== undefined && known.text !== text
  const whole = isMore ? cleanText(`${known.text}\n\n${title === known.title ? '' : `${title}\n`}${text}`) : text
  texts[language] = { title: known?.title ?? title, text: whole }
}

function areasOf(infos: readonly XmlNode[]): readonly BulletinArea[] {
  const areas = new Map<string, BulletinArea>()
  let points = 0
  for (const area of infos.flatMap((info) => childrenOf(info, 'area'))) {
    const polygons = childrenOf(area, 'polygon').map((one) => polygonOf(innerText(one)))
    points += polygons.reduce((sum, polygon) => sum + polygon.length, 0)
    if (points > maxPoints) throw invalid('polygon', `there are more than ${maxPoints} points`)
    const circles = childrenOf(area, 'circle').map((one) => circleOf(innerText(one)))
    const geocodes: Record<string, string[]> = {}
    for (const code of childrenOf(area, 'geocode')) {
      const name = cleanTitle(textOf(code, 'valueName'))
      if (name !== '' && name !== '__proto__') (geocodes[name] ??= []).push(cleanTitle(textOf(code, 'value')))
    }
    const found: BulletinArea = {
      name: cleanTitle(textOf(area, 'areaDesc')),
      ...(polygons.length === 0 ? {} : { polygons }),
      ...(circles.length === 0 ? {} : { circles }),
      ...(Object.keys(geocodes).length === 0 ? {} : { geocodes }),
    }
    // The same area stands in the info of each language.
    areas.set(JSON.stringify(found), found)
    if (areas.size > maxAreas) throw invalid('area', `there are more than ${maxAreas}`)
  }
  return [...areas.values()]
}

/** §3.2.4: `38.47,-120.14 38.34,-119.95 …`, the first point again at the end. */
function polygonOf(text: string): readonly (readonly [lat: number, lon: number])[] {
  const points = text.trim().split(/\s+/).map(pointOf)
  const [first] = points
  const last = points.at(-1)
  if (points.length < 4 || first?.[0] !== last?.[0] || first?.[1] !== last?.[1]) {
    throw invalid('polygon', 'it has four points or more, the last one equal to the first')
  }
  return points
}

/** §3.2.4: `32.9525,-115.5527 10`, the radius in kilometres. */
function circleOf(text: string): { readonly lat: number; readonly lon: number; readonly radiusKm: number } {
  const [centre = '', radius = ''] = text.trim().split(/\s+/)
  const [lat, lon] = pointOf(centre)
  const radiusKm = Number(radius)
  if (radius === '' || !(radiusKm >= 0 && radiusKm < 25_000)) throw invalid('circle', `"${radius}" is no radius`)
  return { lat, lon, radiusKm }
}

function pointOf(text: string): readonly [lat: number, lon: number] {
  const [lat = Number.NaN, lon = Number.NaN, ...more] = text
    .split(',')
    .map((part) => (part === '' ? Number.NaN : +part))
  if (more.length === 0 && Math.abs(lat) <= 90 && Math.abs(lon) <= 180) return [lat, lon]
  throw invalid('area', `"${text}" is no point; right: 35.33,139.90`)
}

/** §3.2.1: `sender,identifier,sent`, parted by white space. */
function referencesOf(text: string): readonly BulletinReference[] {
  const parts = text.split(/\s+/).filter((part) => part !== '')
  if (parts.length > maxReferences) throw invalid('references', `there are more than ${maxReferences}`)
  return parts.map((part) => {
    const [sender = '', identifier = '', sent = ''] = part.split(',')
    if (sender === '' || identifier === '' || sent === '') {
      throw invalid('references', `"${part}" is not sender,identifier,sent`)
    }
    return { sender, identifier }
  })
}

/** §3.3.2: with the difference from UTC. */
function timeOf(text: string, element: string): number {
  const ms = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)$/.test(text)
    ? Date.parse(text)
    : Number.NaN
  if (Number.isNaN(ms)) throw invalid(element, `"${text}" is no time; right: 2026-11-23T14:05:00+09:00`)
  return ms
}

/** The first of `order` that any of them has; `unknown` for none. */
function foremost<T extends string>(order: readonly T[], infos: readonly XmlNode[], element: string): T {
  const found = infos.map((info) => {
    const word = required(info, element).toLowerCase()
    // CAP 1.0 knew it; §3.2.2 asks to take it as Likely.
    return oneOf(order, element === 'certainty' && word === 'very likely' ? 'likely' : word, element)
  })
  return order.find((one) => found.includes(one)) ?? (order.at(-1) as T)
}

function oneOf<T extends string>(known: readonly T[], word: string, element: string): T {
  const found = known.find((one) => one === word)
  if (found === undefined) throw invalid(element, `"${word}" is not one of ${known.join(', ')}`)
  return found
}

function required(node: XmlNode, element: string): string {
  const text = childOf(node, element) === undefined ? '' : textOf(node, element)
  if (text === '') throw invalid(element, 'there is none')
  return text
}

/** §3.2.1: without spaces, commas and `<` and `&`, since references are lists of them. */
function named(text: string, element: string): string {
  if (text.length > maxName || /[\s,<&]/.test(text)) throw invalid(element, 'it has spaces or commas, or is too long')
  return text
}

function invalid(element: string, why: string): AppError {
  return new AppError('bulletin.invalid', `CAP: ${element}: ${why.slice(0, 300)}`)
}
