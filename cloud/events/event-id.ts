// The public id of an event: `{tenant}/{gateway}/{time}.{epoch}.{seq}`, which holds all that finds it.
import { AppError } from '../../broker/contract/app-error.ts'
import type { EventKey } from '../store/store.ts'

const pattern = /^([a-z0-9-]{1,32}\/[a-z0-9-]{1,32})\/(-?\d{1,15})\.([A-Za-z0-9_-]{1,64})\.(\d{1,16})$/

export function eventId({ gateway, timeMs, epoch, seq }: EventKey): string {
  return `${gateway}/${timeMs}.${epoch}.${seq}`
}

/** Throws `not-found` for what is no id. */
export function parseEventId(id: string): EventKey {
  const [, gateway, timeMs, epoch, seq] = pattern.exec(id) ?? []
  if (gateway === undefined || epoch === undefined || !Number.isSafeInteger(Number(seq))) {
    throw new AppError(
      'not-found',
      `there is no event ${id}; an id is {tenant}/{gateway}/{time}.{epoch}.{seq}, URL-encoded`,
    )
  }
  return { gateway, timeMs: Number(timeMs), epoch, seq: Number(seq) }
}
