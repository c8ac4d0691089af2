// The hours of the day in which images may be sent, in a named zone.
import { minuteOfDay } from './zone-time.ts'

/** `22:00` to `05:00` is a night; equal ends are the whole day. */
export interface UploadHours {
  readonly from: string
  readonly to: string
}

export function isOpen(hours: UploadHours | undefined, zone: string, nowMs: number): boolean {
  if (hours === undefined) return true
  const [from, to, now] = [minutesOf(hours.from), minutesOf(hours.to), minuteOfDay(zone, nowMs)]
  if (from === to) return true
  return from < to ? now >= from && now < to : now >= from || now < to
}

function minutesOf(text: string): number {
  const [hours = 0, minutes = 0] = text.split(':').map(Number)
  return hours * 60 + minutes
}
