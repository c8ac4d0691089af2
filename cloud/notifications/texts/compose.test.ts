// Messages: both languages whole, the first line says what to do, and hostile names stay names.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { AlarmNotice } from '../notice.ts'
import { aBulletinNotice, aNotice } from '../notice-fixture.ts'
import { composeBundle, composeNotice, composeTest } from './compose.ts'
import { fill, type TextKey, texts } from './dictionary.ts'
import type { Reader } from './message-parts.ts'
import { escapeHtml, oneLine } from './plain-text.ts'

const ja: Reader = { language: 'ja', timeZone: 'Asia/Tokyo' }
const en: Reader = { language: 'en', timeZone: 'Asia/Tokyo' }
const sources = { publicUrl: 'https://hub.example.jp/', unitOf: () => 'm', nowMs: Date.parse('2026-11-23T06:00:00Z') }
const notice = aNotice()

describe('the dictionary', () => {
  it.each(Object.keys(texts) as TextKey[])('has %s in both languages, with the same blanks', (key) => {
    const blanks = (text: string) => [...text.matchAll(/\{[a-z]+\}/g)].map(([blank]) => blank).sort()
    expect(texts[key].ja.trim()).not.toBe('')
    expect(texts[key].en.trim()).not.toBe('')
    expect(blanks(texts[key].ja)).toEqual(blanks(texts[key].en))
  })

  it('never fills a blank with what another blank was filled with', () => {
    expect(fill('line.what', 'en', { title: '{severity}', severity: 'Critical' })).toBe('What: {severity} (Critical)')
  })
})

describe('a message', () => {
  it('says first what to do, then what, where, since when, with the value as screens show it', () => {
    const message = composeNotice(notice, ja, sources)
    expect(message.subject).toBe('【重要】水位が低い(1号田 / 水位計)')
    expect(message.text).toBe(
      [
        '水口を開けて入水してください',
        '',
        '内容: 水位が低い(重要)',
        '場所: 1号田 / 水位計',
        '発生: 2026-11-23 14:05',
        '値: 1.8 cm',
        '',
        '詳しく: https://hub.example.jp/#/alarms',
        '',
        'Musubi が自動で送っています。通知の設定は画面で変えられます。',
        '',
      ].join('\n'),
    )
    expect(message.short.body.split('\n')[0]).toBe('水口を開けて入水してください')
    expect(composeNotice(notice, en, sources).text).toMatch(
      /^Open the inlet gate and let water in\n\nWhat: Water level/,
    )
  })

  it('is short once it is over', () => {
    const over = composeNotice(
      { ...notice, kind: 'cleared', alarm: { ...notice.alarm, clearedMs: notice.alarm.raisedMs + 600_000 } },
      ja,
      sources,
    )
    expect(over.subject).toBe('【復旧】水位が低い(1号田 / 水位計)')
    expect(over.text.split('\n')[0]).toBe('復旧しました。対応は不要です。')
    expect(over.text).toContain('復旧: 2026-11-23 14:15')
    expect(over.text).not.toContain('入水')
  })

  it('says how long nobody has acknowledged it, and how many more it stands for', () => {
    const message = composeNotice({ ...notice, alsoCount: 12 }, en, sources, 15)
    expect(message.subject).toMatch(/^\[Not acknowledged, Major\]/)
    expect(message.text).toContain('Nobody has acknowledged it for 15 minutes.')
    expect(message.text).toContain('It stands for 12 more alarms.')
  })

  it('leaves out the number of a switch', () => {
    const { alarm } = notice
    const relay = { ...notice, alarm: { ...alarm, value: 0, series: 'kimitsu/wifi-city/ap-1:uplink-up' } }
    expect(composeNotice(relay, ja, { ...sources, unitOf: () => '/' }).text).not.toContain('値:')
  })

  it('bundles each alarm once with its newest state, the worst open one first', () => {
    const { alarm } = notice
    const worse = { ...alarm, id: 'b', severity: 'critical', advice: { ja: '現場へ', en: 'Go there' } } as const
    const bundle = composeBundle(
      'bundle:1',
      [
        notice,
        { ...notice, key: 'b', alarm: worse, timeMs: notice.timeMs + 1 },
        { ...notice, key: 'a2', kind: 'cleared', timeMs: notice.timeMs + 2 },
      ],
      3,
      en,
      sources,
    )
    expect(bundle.subject).toBe('[5 alarms] First: Go there (Field 1 / Level probe)')
    expect(bundle.text.split('\n')[0]).toBe('First: Go there (Field 1 / Level probe)')
    expect(bundle.text.match(/^- \[/gm)).toHaveLength(2)
    expect(bundle.text).toContain('- [Over] Field 1 / Level probe: Water level is low')
    expect(bundle.text).toContain('3 more were too many')
    expect(bundle.severity).toBe('critical')
  })

  it('says that nothing needs to be done where everything in a bundle is over', () => {
    const bundle = composeBundle('bundle:2', [{ ...notice, kind: 'cleared' }], 0, ja, sources)
    expect(bundle.text.split('\n')[0]).toBe('すべて復旧しています。対応は不要です。')
  })

  it('says of a test that it is one', () => {
    expect(composeTest('test:1', 'line', ja, sources).short.body).toContain('LINE')
  })
})

describe('hostile names', () => {
  const nasty = 'x\r\nBcc: all@example.jp\r\n\r\n<script>alert(1)</script>"\'&\u202Egnp\u2028end'

  it('add no line to a subject, a title or a text, and no element to HTML', () => {
    const { alarm } = notice
    const names = { ja: nasty, en: nasty }
    const hostile: AlarmNotice = {
      ...notice,
      alarm: { ...alarm, title: names, advice: names },
      place: { site: names, device: names },
    }
    const plain = composeNotice(notice, en, sources)
    const message = composeNotice(hostile, en, sources)
    expect(message.subject).not.toMatch(/[\r\n\u2028\u202E]/)
    expect(message.short.title).not.toMatch(/[\r\n\u2028\u202E]/)
    expect(message.text.split('\n')).toHaveLength(plain.text.split('\n').length)
    expect(message.html).not.toContain('<script')
    expect(message.html.match(/</g)).toHaveLength(plain.html.match(/</g)?.length ?? 0)
  })

  it('are one harmless line, whatever they are made of', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (text) => {
        const line = oneLine(text)
        expect(line).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u)
        expect(line.isWellFormed()).toBe(true)
        expect(Array.from(line).length).toBeLessThanOrEqual(200)
        expect(escapeHtml(text)).not.toMatch(/[<>"']/)
      }),
    )
  })
})

describe('a message about a bulletin', () => {
  it('has the words of the broadcast, where it holds and how long, and what it is', () => {
    const message = composeNotice(aBulletinNotice(), ja, sources)
    expect(message.subject).toBe('【防災情報】避難指示(小糸川流域)')
    expect(message.text.split('\n').slice(0, 8)).toEqual([
      '避難指示(小糸川流域)',
      '',
      '小糸川があふれるおそれがあります。',
      '今すぐ高台へ避難してください。',
      '対象: 小糸、中島',
      '発表: 2026-11-23 14:05',
      '有効: 2026-11-23 20:05 まで',
      '',
    ])
    expect(message).toMatchObject({ severity: 'critical', link: 'https://hub.example.jp/#/bulletins' })
    expect(composeNotice(aBulletinNotice(), en, sources).short.body).toBe(
      'Evacuation order (Koito River)\nThe river may overflow.\nGo to high ground now.',
    )
  })

  it('says of an exercise once in the title that it is one, and again in the text', () => {
    const texts = { ja: { title: '【訓練】避難指示', text: '訓練放送です。' } }
    const message = composeNotice(aBulletinNotice({ isExercise: true, texts }), en, sources)
    expect(message.subject).toBe('[Exercise] 避難指示')
    expect(message.text).toContain('This is an exercise.')
  })

  it('tells with others, each thread once: what is cancelled, and the alarms', () => {
    const cancelled = { ...aBulletinNotice({}, 'cancelled'), timeMs: notice.timeMs + 60_000 }
    const both = composeBundle('bundle:3', [aBulletinNotice(), notice, cancelled], 0, ja, sources)
    expect(both.subject).toBe('【警報 2件】まずこれを: 水口を開けて入水してください(1号田 / 水位計)')
    expect(both.text).toContain('・【防災情報・解除】避難指示(小糸川流域)')
    const alone = composeBundle('bundle:4', [cancelled], 0, ja, sources)
    expect(alone.text.split('\n')[0]).toBe('すべて解除されました。')
  })
})
