// Messages of the disaster broadcast as other systems write them.

export const capTime = (ms: number) => new Date(ms).toISOString().replace(/\.\d+Z$/, '+00:00')

/** A message of CAP 1.2; `sent` and `expires` in Unix ms. */
export function capMessage(given: {
  readonly identifier: string
  readonly sentMs: number
  readonly msgType?: 'Alert' | 'Update' | 'Cancel' | 'Ack'
  readonly status?: string
  readonly scope?: string
  readonly sender?: string
  readonly references?: readonly { readonly identifier: string; readonly sentMs: number; readonly sender?: string }[]
  readonly title?: string
  readonly severity?: string
  readonly urgency?: string
  readonly expiresMs?: number
  readonly areas?: string
}): string {
  const { sender = 'bousai@city.kimitsu.example.jp', sentMs, msgType = 'Alert', title = '避難指示' } = given
  const references = (given.references ?? [])
    .map((one) => `${one.sender ?? sender},${one.identifier},${capTime(one.sentMs)}`)
    .join(' ')
  const info = (language: string, headline: string, text: string) => `<info>
    <language>${language}</language><category>Met</category><category>Safety</category><event>洪水</event>
    <urgency>${given.urgency ?? 'Immediate'}</urgency><severity>${given.severity ?? 'Extreme'}</severity>
    <certainty>Observed</certainty>
    <expires>${capTime(given.expiresMs ?? sentMs + 6 * 3_600_000)}</expires>
    <headline>${headline}</headline><description>${text}</description><instruction>高台へ避難してください。</instruction>
    <web>https://city.example.jp/bousai/1</web>
    ${given.areas ?? '<area><areaDesc>小糸</areaDesc><circle>35.29,139.95 3</circle></area>'}</info>`
  return `<?xml version="1.0" encoding="UTF-8"?>
<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2">
  <identifier>${given.identifier}</identifier><sender>${sender}</sender><sent>${capTime(sentMs)}</sent>
  <status>${given.status ?? 'Actual'}</status><msgType>${msgType}</msgType><scope>${given.scope ?? 'Public'}</scope>
  ${references === '' ? '' : `<references>${references}</references>`}
  ${info('ja-JP', title, '小糸川があふれるおそれがあります。')}
  ${info('en-US', 'Evacuation order', 'The Koito river may overflow.')}
</alert>`
}

export function rssFeed(
  items: readonly { readonly guid: string; readonly title: string; readonly text?: string; readonly sentMs?: number }[],
): string {
  const shown = items.map(
    ({ guid, title, text = '', sentMs }) => `<item><guid isPermaLink="false">${guid}</guid><title>${title}</title>
      <description><![CDATA[${text}]]></description><link>https://city.example.jp/${guid}</link>
      ${sentMs === undefined ? '' : `<pubDate>${new Date(sentMs).toUTCString()}</pubDate>`}</item>`,
  )
  return `<?xml version="1.0"?><rss version="2.0"><channel><title>防災行政無線</title><language>ja</language>${shown.join('')}</channel></rss>`
}
