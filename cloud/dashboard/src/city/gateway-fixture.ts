// A series of a gateway as the hub lists it, for tests: good, a moment old, and without a unit.
import type { LatestItem } from '../api/shapes.ts'

export function latestItem(device: string, channel: string, more: Partial<LatestItem> = {}): LatestItem {
  return {
    series: `k/g/${device}:${channel}`,
    gateway: 'k/g',
    device,
    channel,
    site: null,
    deviceLabel: { ja: `${device} ja`, en: device },
    siteKind: null,
    label: { ja: channel, en: channel },
    unit: null,
    value: 1,
    text: null,
    quality: 'good',
    reason: null,
    time: 1000,
    ...more,
  }
}
