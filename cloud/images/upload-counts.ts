// What happened to uploads of images, as plain numbers that /metrics shows.
import type { PlainCounter } from '../ingest/plain-counters.ts'

const counters = [
  ['confirmed', 'musubi_images_confirmed_total', 'Images stored, verified and entered'],
  ['bytes', 'musubi_images_bytes_total', 'Bytes of the images stored'],
  ['duplicates', 'musubi_images_duplicates_total', 'Uploads and questions whose content was stored already'],
  ['mismatches', 'musubi_images_mismatches_total', 'Uploads whose bytes did not have the announced hash'],
  [
    'refusedInvalid',
    'musubi_images_refused_invalid_total',
    'Uploads refused because they are no image or say nonsense',
  ],
  ['refusedQuota', 'musubi_images_refused_quota_total', 'Uploads refused because the quota of the gateway is used up'],
  ['refusedDisk', 'musubi_images_refused_disk_total', 'Uploads refused or broken off because the disk has no room'],
  ['expired', 'musubi_images_expired_uploads_total', 'Abandoned uploads whose bytes were deleted'],
] as const

export type UploadCounts = Record<(typeof counters)[number][0], number>

export const uploadCounters: readonly PlainCounter<keyof UploadCounts>[] = counters

export function newUploadCounts(): UploadCounts {
  return Object.fromEntries(counters.map(([field]) => [field, 0])) as UploadCounts
}
