// The words for kinds and states of citizens' reports.
import type { ReportItem } from '../api/desk-api.ts'
import type { TextKey } from '../text/dictionary.ts'

export const kindKeys: Readonly<Record<ReportItem['kind'], TextKey>> = {
  road: 'report.road',
  'street-light': 'report.light',
  other: 'report.other',
}

export const reportStateKeys: Readonly<Record<ReportItem['state'], TextKey>> = {
  received: 'report.received',
  'looked-at': 'report.lookedAt',
  ordered: 'report.ordered',
  mended: 'report.mended',
  declined: 'report.declined',
  merged: 'report.merged',
  withdrawn: 'report.withdrawn',
}

const actions: Readonly<Record<string, TextKey>> = {
  ...reportStateKeys,
  attached: 'report.didAttached',
  detached: 'report.didDetached',
}

export function actionKey(action: string): TextKey | undefined {
  return actions[action]
}
