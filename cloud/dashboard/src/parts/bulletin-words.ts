// The words for how severe a message of the disaster broadcast is, and how soon somebody has to act.
import type { BulletinItem } from '../api/bulletin-api.ts'
import type { TextKey } from '../text/dictionary.ts'

export const severityWords: Readonly<Record<BulletinItem['severity'], TextKey>> = {
  extreme: 'bulletin.extreme',
  severe: 'bulletin.severe',
  moderate: 'bulletin.moderate',
  minor: 'bulletin.minor',
  unknown: 'bulletin.unknown',
}

export const urgencyWords = {
  immediate: 'bulletin.immediate',
  expected: 'bulletin.expected',
  future: 'bulletin.future',
} as const satisfies Partial<Record<BulletinItem['urgency'], TextKey>>
