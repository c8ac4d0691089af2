// What the broadcast of the demo says: training messages of the day, sent as another system would, by the webhook and in CAP.
import { demoTenant } from './gateway-files.ts'

const requestLimitMs = 10_000
const dayMs = 86_400_000
const japanMs = 9 * 3_600_000
const sender = 'demo@musubi.example'

interface DemoMessage {
  readonly id: string
  /** Since midnight in Japan, ms. */
  readonly sentMs: number
  readonly category: string
  readonly severity: string
  readonly urgency: string
  readonly area: string
  readonly ja: readonly [event: string, title: string, text: string]
  readonly en: readonly [event: string, title: string, text: string]
}

const messages: readonly DemoMessage[] = [
  {
    id: 'flood',
    sentMs: 0,
    category: 'Met',
    severity: 'Severe',
    urgency: 'Expected',
    area: '小糸川流域',
    ja: [
      '避難訓練',
      '【訓練】高齢者等避難(小糸川流域)',
      'これは訓練です。小糸川の水位が上がったという想定です。避難に時間のかかる方は、避難所までの道を確かめてください。',
    ],
    en: [
      'Evacuation drill',
      '[Exercise] Evacuation of the elderly (Koito River)',
      'This is a drill. Suppose that the Koito river has risen: whoever needs time to evacuate, check the way to the shelter.',
    ],
  },
  {
    id: 'sound',
    sentMs: 60_000,
    category: 'Safety',
    severity: 'Minor',
    urgency: 'Future',
    area: '市内全域',
    ja: [
      '試験放送',
      '【訓練】防災行政無線の試験放送',
      'これは訓練です。正午に防災行政無線から試験の音が流れます。何もする必要はありません。',
    ],
    en: [
      'Test of the loudspeakers',
      '[Exercise] Test of the disaster broadcast',
      'This is a drill. At noon the loudspeakers sound for a test. Nothing needs to be done.',
    ],
  },
]

/** The same through the whole day, so that a demo that is begun again sends nothing twice. A hub that asks for a sign-in is left alone. */
export async function sendDemoBulletins(httpPort: number, nowMs: number): Promise<void> {
  const midnightMs = Math.floor((nowMs + japanMs) / dayMs) * dayMs - japanMs
  for (const message of messages) {
    await fetch(`http://127.0.0.1:${httpPort}/api/v1/bulletins?tenant=${demoTenant}`, {
      method: 'POST',
      headers: { 'content-type': 'application/cap+xml' },
      body: capOf(message, midnightMs),
      signal: AbortSignal.timeout(requestLimitMs),
    })
  }
}

/** None of its texts has a character that XML wants written otherwise. */
function capOf({ id, sentMs, category, severity, urgency, area, ja, en }: DemoMessage, midnightMs: number): string {
  const time = (ms: number) => new Date(ms + japanMs).toISOString().replace(/\.\d+Z$/, '+09:00')
  const info = (language: string, [event, title, text]: DemoMessage['ja']) => `<info><language>${language}</language>
    <category>${category}</category><event>${event}</event><urgency>${urgency}</urgency><severity>${severity}</severity>
    <certainty>Possible</certainty><expires>${time(midnightMs + dayMs)}</expires>
    <headline>${title}</headline><description>${text}</description><area><areaDesc>${area}</areaDesc></area></info>`
  return `<?xml version="1.0" encoding="UTF-8"?>
<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2">
  <identifier>musubi-demo-${id}-${time(midnightMs).slice(0, 10)}</identifier><sender>${sender}</sender>
  <sent>${time(midnightMs + sentMs)}</sent><status>Exercise</status><msgType>Alert</msgType><scope>Public</scope>
  ${info('ja', ja)}${info('en', en)}
</alert>`
}
