// What the screens say of drone flights over a field.
export const droneTexts = {
  'drone.open': { ja: '空撮を見る', en: 'Seen from above' },
  'drone.title': { ja: '{name}の空撮', en: '{name} from above' },
  'drone.none': { ja: 'まだ空撮がありません', en: 'No flight yet' },
  'drone.noneHow': {
    ja: 'ドローンの画像をゲートウェイに入れると、ここに生育の様子が現れます。',
    en: 'When a drone’s pictures are given to the gateway, the growth of the field appears here.',
  },
  'drone.failed': { ja: '空撮を読み込めませんでした', en: 'The flights could not be loaded' },
  'drone.forbidden': { ja: '画像を見る権限がありません', en: 'You may not see pictures' },
  'drone.notWorkedOut': {
    ja: '生育の地図はまだできていません。飛行が終わってから数分かかります。',
    en: 'There is no map of the growth yet. It takes minutes after a flight.',
  },
  'drone.coverTitle': { ja: '葉の広がり', en: 'Leaf cover' },
  'drone.cover': { ja: '葉の広がり {share}%', en: '{share}% leaf cover' },
  'drone.noCover': { ja: '未解析', en: 'not worked out' },
  'drone.change': {
    ja: '葉の広がりは {from}% から {to}% になりました',
    en: 'Leaf cover went from {from}% to {to}%',
  },
  'drone.left': { ja: '左（前）', en: 'Left (before)' },
  'drone.right': { ja: '右（後）', en: 'Right (after)' },
  'drone.slider': { ja: '境目を動かして比べる', en: 'Move the border to compare' },
  'drone.sliderAt': { ja: '左 {left}%、右 {right}%', en: 'left {left}%, right {right}%' },
  'drone.heat': { ja: '{time} の葉の広がりの地図。{cover}', en: 'Map of the leaf cover of {time}. {cover}' },
  'drone.legend': {
    ja: '色: 土や水が見える → 葉でおおわれている',
    en: 'Colours: soil or water seen → covered by leaves',
  },
  'drone.north': { ja: '上が北です', en: 'North is up' },
  'drone.flights': { ja: '飛行の一覧（{n}回）', en: 'Flights ({n})' },
  'drone.images': { ja: '画像 {n}枚', en: 'Pictures: {n}' },
  'drone.model': { ja: '解析: {model}', en: 'Worked out by {model}' },
  'drone.picture': { ja: '空撮の画像 {name}（{time}）', en: 'Picture {name} ({time})' },
} as const
