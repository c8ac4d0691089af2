// The texts about roll-outs.
import type { LocalizedText } from '../../../../broker/contract/documents.ts'

export const rolloutTexts = {
  'menu.rollouts': { ja: '更新の配信', en: 'Roll-outs' },
  'rollout.title': { ja: '更新の配信', en: 'Roll-outs' },
  'rollout.lead': {
    ja: '設定・モデル・プログラムを、ゲートウェイへ段階ごとに届けます。うまくいかない装置は自分で元に戻します。',
    en: 'Configurations, models and programs go to gateways wave by wave. A gateway that does not do well takes them back by itself.',
  },
  'rollout.none': { ja: '配信はまだありません', en: 'There are no roll-outs yet' },
  'rollout.how': {
    ja: '署名の鍵を持つ人が、手元の端末から次の命令で始めます。',
    en: 'Whoever holds the signing key begins one at their own machine:',
  },
  'rollout.failed': { ja: '配信の一覧を読み込めません', en: 'The roll-outs cannot be read' },
  'rollout.by': { ja: '{name} が開始', en: 'begun by {name}' },
  'rollout.running': { ja: '第{n}段階（全{all}段階）を配信中', en: 'Wave {n} of {all} is under way' },
  'rollout.halted': { ja: '止めています', en: 'Halted' },
  'rollout.haltedFailed': {
    ja: '{n}台で適用できず、止まっています。原因を見て、続けるか中止するかを決めてください',
    en: 'Stands, because {n} could not take it. Look at the reasons, then go on or end it',
  },
  'rollout.done': { ja: '{n}台すべてに適用しました', en: 'All {n} have it' },
  'rollout.doneExcept': {
    ja: '完了。{all}台中 {n}台は適用できませんでした',
    en: 'Over: {n} of {all} could not take it',
  },
  'rollout.aborted': { ja: '中止しました', en: 'Ended before its time' },
  'rollout.tolerated': {
    ja: '失敗が{n}台を超えると自動で止まります',
    en: 'Halts by itself after more than {n} failures',
  },
  'rollout.toleratedNone': { ja: '1台でも失敗すると自動で止まります', en: 'Halts by itself at the first failure' },
  'rollout.wave': { ja: '第{n}段階', en: 'Wave {n}' },
  'rollout.waveDone': { ja: '終了', en: 'over' },
  'rollout.waveUnderWay': { ja: '配信中', en: 'under way' },
  'rollout.waveStands': { ja: '停止中', en: 'stands' },
  'rollout.waveToCome': { ja: 'これから', en: 'to come' },
  'rollout.applied': { ja: '適用済み', en: 'have it' },
  'rollout.offered': { ja: '返事待ち', en: 'no answer yet' },
  'rollout.waiting': { ja: '順番待ち', en: 'waiting for their turn' },
  'rollout.failures': { ja: '適用できず', en: 'could not' },
  'rollout.counts': {
    ja: '適用済み {applied}台、返事待ち {offered}台、順番待ち {waiting}台、適用できず {failed}台',
    en: 'Have it: {applied}, no answer yet: {offered}, waiting: {waiting}, could not: {failed}',
  },
  'rollout.revision': { ja: '第{n}版', en: 'revision {n}' },
  'rollout.gateways': { ja: 'ゲートウェイごとに見る（{n}台）', en: 'Gateway by gateway ({n})' },
  'rollout.more': { ja: 'ほかの{n}件も見る', en: 'Show {n} more' },
  'rollout.halt': { ja: '止める', en: 'Halt' },
  'rollout.resume': { ja: '続ける', en: 'Go on' },
  'rollout.abort': { ja: '中止する', en: 'End it' },
  'rollout.sureResume': {
    ja: '失敗した{n}台をそのままにして続けます',
    en: 'Go on and leave the {n} that failed as they are',
  },
  'rollout.sureAbort': { ja: '中止します。適用済みの装置はそのままです', en: 'End it; those that have it keep it' },
  'rollout.nameFirst': { ja: '担当者名を入れると操作できます', en: 'Give your name first' },
  'rollout.not': { ja: 'やめておく', en: 'Leave it' },
  'rollout.refused': { ja: 'いまはできません。状態が変わりました', en: 'Not now: its state has changed' },
  'set.noAnswer': { ja: '期限までに返事がありませんでした', en: 'It did not answer in time' },
} as const satisfies Readonly<Record<string, LocalizedText>>
