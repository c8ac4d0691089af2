// Events to bytes at the gateway, checked by hand: its agent runs without TypeBox (see ack.ts for what that saves).
import { createHash } from 'node:crypto'
import { AppError } from './app-error.ts'
import type { CborValue } from './cbor.ts'
import { CborWriter } from './cbor-writer.ts'
import type { GatewayEvent } from './event.ts'
import { eventLimits } from './event-limits.ts'

/** An event as a producer makes it; the encoder puts the hash of the thumbnail into it. */
export type NewEvent = Omit<GatewayEvent, 'v' | 'thumbnail'>

const writer = new CborWriter()
const sourcePattern = /^[A-Za-z0-9][A-Za-z0-9:./_-]{0,127}$/
const detailKeyPattern = /^[A-Za-z][A-Za-z0-9_-]{0,47}$/
const maxTimeMs = 9_223_372_036_000

/**
 * One event as a CBOR map, its JPEG thumbnail beside it as `picture`: what an outbox keeps and an envelope carries. Points
 * of boxes and mask are clamped to the frame and kept to single precision. Throws AppError `payload.schema` where the
 * event does not fit, `limit.exceeded` where it or its thumbnail is too large.
 */
export function encodeEvent(event: NewEvent, thumbnail?: Uint8Array): Uint8Array {
  if (thumbnail !== undefined && (thumbnail.length === 0 || thumbnail.length > eventLimits.thumbnailBytes)) {
    throw tooLarge('a thumbnail', thumbnail.length, eventLimits.thumbnailBytes)
  }
  const whole = wholeEvent(event, thumbnail)
  checkEvent(whole)
  if (whole.mask !== undefined) {
    const bytes = maskBytes(whole.mask)
    if (bytes > eventLimits.maskBytes) throw tooLarge('the mask of an event', bytes, eventLimits.maskBytes)
  }
  const bytes = encoded(whole)
  if (bytes.length > eventLimits.eventBytes) throw tooLarge('an event', bytes.length, eventLimits.eventBytes)
  return thumbnail === undefined ? bytes : encoded({ ...whole, picture: thumbnail })
}

/** What a mask takes on the wire: for whoever draws one, to leave out points until it fits. */
export function maskBytes(mask: NonNullable<GatewayEvent['mask']>): number {
  writer.value(mask.map((ring) => ring.map(Math.fround)))
  return writer.finish().length
}

export function hashOf(picture: Uint8Array): string {
  return createHash('sha256').update(picture).digest('hex')
}

function encoded(event: object): Uint8Array {
  writer.value(event as { readonly [key: string]: CborValue })
  return writer.finish()
}

function wholeEvent(event: NewEvent, thumbnail: Uint8Array | undefined): GatewayEvent {
  const { boxes, mask } = event
  return {
    v: 1,
    ...event,
    ...(boxes === undefined ? {} : { boxes: boxes.map(clampedBox) }),
    ...(mask === undefined ? {} : { mask: mask.map((ring) => ring.map(fraction)) }),
    ...(thumbnail === undefined ? {} : { thumbnail: hashOf(thumbnail) }),
  }
}

function clampedBox(box: NonNullable<GatewayEvent['boxes']>[number]): typeof box {
  const { x, y, width, height } = box
  return { ...box, x: fraction(x), y: fraction(y), width: fraction(width), height: fraction(height) }
}

function fraction(value: number): number {
  return Math.fround(Math.min(1, Math.max(0, value)))
}

function checkEvent(event: GatewayEvent): void {
  if (!sourcePattern.test(event.source)) throw unfit('/source is the id of a device or a series')
  if (!(Math.abs(event.timeMs) <= maxTimeMs)) throw unfit('/timeMs lies within 1677 to 2262')
  checkText('/model/id', event.model.id)
  checkText('/model/version', event.model.version)
  if (event.class !== null) checkText('/class', event.class)
  if (event.score !== null) checkFinite('/score', event.score)
  if (!(event.latencyMs >= 0 && event.latencyMs < Infinity)) throw unfit('/latencyMs is a number from 0')
  checkShapes(event)
  if (event.detail !== undefined) checkDetail(event.detail)
}

function checkShapes({ boxes = [], mask = [], heat }: GatewayEvent): void {
  if (boxes.length > eventLimits.boxes) throw unfit(`/boxes has at most ${eventLimits.boxes} boxes`)
  for (const { x, y, width, height, score = 0, class: name = 'none' } of boxes) {
    for (const value of [x, y, width, height, score]) checkFinite('/boxes', value)
    checkText('/boxes/class', name)
  }
  if (mask.length > eventLimits.rings) throw unfit(`/mask has at most ${eventLimits.rings} rings`)
  for (const ring of mask) {
    if (ring.length < 6 || ring.length > 2_000 || ring.length % 2 !== 0)
      throw unfit('/mask has rings of 3 to 1,000 points')
    for (const value of ring) checkFinite('/mask', value)
  }
  if (heat === undefined) return
  const { columns, rows, cells } = heat
  const side = (length: number) => Number.isInteger(length) && length >= 1 && length <= eventLimits.heatSide
  if (!side(columns) || !side(rows)) throw unfit(`/heat has 1 to ${eventLimits.heatSide} columns and rows`)
  if (Buffer.from(cells, 'base64').length !== columns * rows)
    throw unfit('/heat/cells is base64 of columns × rows bytes')
}

function checkDetail(detail: NonNullable<GatewayEvent['detail']>): void {
  const entries = Object.entries(detail)
  if (entries.length > eventLimits.detailKeys) throw unfit(`/detail has at most ${eventLimits.detailKeys} entries`)
  for (const [key, value] of entries) {
    if (!detailKeyPattern.test(key))
      throw unfit(`/detail/${key.slice(0, 60)} is no name of letters, digits, "-" and "_"`)
    if (typeof value === 'number') checkFinite(`/detail/${key}`, value)
    else if (typeof value === 'string' && value.length > eventLimits.detailText) {
      throw unfit(`/detail/${key} has at most ${eventLimits.detailText} characters`)
    }
  }
}

function checkText(path: string, text: string): void {
  if (text.length < 1 || text.length > 64) throw unfit(`${path} has 1 to 64 characters`)
}

function checkFinite(path: string, value: number): void {
  if (!Number.isFinite(value)) throw unfit(`${path} is a finite number`)
}

function unfit(message: string): AppError {
  return new AppError('payload.schema', message)
}

function tooLarge(what: string, bytes: number, allowed: number): AppError {
  return new AppError('limit.exceeded', `${what} of ${bytes} bytes; 1 to ${allowed} are allowed`)
}
