// Messages as other systems write them are read whole, and nothing that a stranger writes opens a file, a socket or the memory.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { AppError } from '../../broker/contract/app-error.ts'
import { capMessage, rssFeed } from './messages.ts'
import { readBulletins } from '../../cloud/bulletins/formats/read-bulletins.ts'

const sentMs = Date.parse('2026-11-23T05:00:00Z')
const read = (text: string) => readBulletins(new TextEncoder().encode(text), 'ja')
const faultOf = (text: string | Uint8Array) => {
  try {
    readBulletins(typeof text === 'string' ? new TextEncoder().encode(text) : text, 'ja')
  } catch (thrown) {
    if (thrown instanceof AppError) return `${thrown.code} ${thrown.message}`
    throw thrown
  }
  return ''
}

describe('a message of CAP 1.2', () => {
  it('is read with its languages, times, areas and references', () => {
    const areas = `<area><areaDesc>小糸</areaDesc><polygon>35.2,139.9 35.3,139.9 35.3,140.0 35.2,139.9</polygon>
      <geocode><valueName>JIS-X0402</valueName><value>12225</value></geocode></area>`
    const given = {
      identifier: 'k-2',
      sentMs,
      msgType: 'Update',
      references: [{ identifier: 'k-1', sentMs }],
      areas,
    } as const
    const { drafts, format, notPublic } = read(capMessage(given))
    expect({ format, notPublic, drafts: drafts.length }).toEqual({ format: 'cap', notPublic: 0, drafts: 1 })
    expect(drafts[0]).toEqual({
      sender: 'bousai@city.kimitsu.example.jp',
      identifier: 'k-2',
      kind: 'update',
      references: [{ sender: 'bousai@city.kimitsu.example.jp', identifier: 'k-1' }],
      content: {
        status: 'actual',
        categories: ['met', 'safety'],
        urgency: 'immediate',
        severity: 'extreme',
        certainty: 'observed',
        texts: {
          'ja-JP': { title: '避難指示', text: '小糸川があふれるおそれがあります。\n高台へ避難してください。' },
          'en-US': { title: 'Evacuation order', text: 'The Koito river may overflow.\n高台へ避難してください。' },
        },
        areas: [
          {
            name: '小糸',
            polygons: [
              [
                [35.2, 139.9],
                [35.3, 139.9],
                [35.3, 140],
                [35.2, 139.9],
              ],
            ],
            geocodes: { 'JIS-X0402': ['12225'] },
          },
        ],
        link: 'https://city.example.jp/bousai/1',
      },
      sentMs,
      effectiveMs: undefined,
      expiresMs: sentMs + 6 * 3_600_000,
      changesInPlace: false,
    })
  })

  it.each([{ msgType: 'Ack' }, { status: 'Draft' }, { status: 'System' }, { scope: 'Restricted' }] as const)(
    'that is not for the public is left out: %j',
    (change) => {
      expect(read(capMessage({ identifier: 'k-1', sentMs, ...change }))).toMatchObject({ drafts: [], notPublic: 1 })
    },
  )

  it.each([
    ['sent', capMessage({ identifier: 'k', sentMs }).replace(/<sent>[^<]*/, '<sent>yesterday')],
    ['severity', capMessage({ identifier: 'k', sentMs, severity: 'Enormous' })],
    ['identifier', capMessage({ identifier: 'a b', sentMs })],
    ['status', capMessage({ identifier: 'k', sentMs, status: '' })],
    ['references', capMessage({ identifier: 'k', sentMs }).replace('<info>', '<references>x,y</references><info>')],
    ['area', capMessage({ identifier: 'k', sentMs, areas: '<area><polygon>91,0 0,0 0,1 91,0</polygon></area>' })],
    ['polygon', capMessage({ identifier: 'k', sentMs, areas: '<area><polygon>1,0 0,0 0,1</polygon></area>' })],
  ])('says which element is wrong: %s', (element, text) => {
    expect(faultOf(text)).toMatch(new RegExp(`^bulletin.invalid CAP: ${element}: `))
  })
})

describe('a feed', () => {
  it('of RSS 2.0 gives an entry each, its markup as text, exercises marked', () => {
    const { drafts, leftOut } = read(
      rssFeed([
        {
          guid: 'g1',
          title: '熊の&amp;目撃',
          text: '<p>清和で<b>熊</b>&nbsp;が<br>出ました。</p><script>alert(1)</script>',
          sentMs,
        },
        { guid: 'g2', title: '【訓練】地震' },
        { guid: 'g3', title: ' ' },
      ]),
    )
    expect(leftOut).toBe(1)
    expect(
      drafts.map(({ identifier, content, sentMs: ms }) => [identifier, content.status, content.texts, ms]),
    ).toEqual([
      ['g1', 'actual', { ja: { title: '熊の&目撃', text: '清和で熊 が\n出ました。' } }, sentMs],
      ['g2', 'exercise', { ja: { title: '【訓練】地震', text: '' } }, undefined],
    ])
  })

  it('of Atom gives entries, and the files of CAP that stand behind them', () => {
    const { drafts, capLinks, format } = read(`<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="ja">
      <entry><id>urn:1</id><title type="html">&lt;b&gt;大雨&lt;/b&gt;警報</title><updated>2026-11-23T14:00:00+09:00</updated>
        <content type="text">【千葉県】</content><link href="https://jma.example.jp/1"/></entry>
      <entry><id>urn:2</id><title>x</title><link type="application/cap+xml" href="https://jma.example.jp/2.cap"/></entry>
    </feed>`)
    expect(format).toBe('atom')
    expect(capLinks).toEqual(['https://jma.example.jp/2.cap'])
    expect(drafts).toMatchObject([
      {
        identifier: 'urn:1',
        sentMs,
        content: { texts: { ja: { title: '大雨警報', text: '【千葉県】' } }, link: 'https://jma.example.jp/1' },
      },
    ])
  })

  it('in Shift_JIS is read as it declares', () => {
    // 避難 in Shift_JIS.
    const title = Uint8Array.from([0x94, 0xf0, 0x93, 0xef])
    const [before = '', after = ''] = rssFeed([{ guid: 'g', title: '@@' }])
      .replace('<?xml version="1.0"?>', '<?xml version="1.0" encoding="Shift_JIS"?>')
      .replace('防災行政無線', 'x')
      .split('@@')
    const bytes = Buffer.concat([Buffer.from(before), title, Buffer.from(after)])
    expect(readBulletins(bytes, 'ja').drafts[0]?.content.texts['ja']?.title).toBe('避難')
    expect(
      faultOf(Buffer.concat([Buffer.from('<rss>'), Uint8Array.from([0xff, 0xfe, 0xfd]), Buffer.from('</rss>')])),
    ).toMatch(/not in utf-8/)
  })
})

describe('what strangers write', () => {
  const lol = (depth: number) =>
    `<!DOCTYPE lolz [<!ENTITY lol0 "lol">${Array.from(
      { length: depth },
      (_, index) => `<!ENTITY lol${index + 1} "${`&lol${index};`.repeat(10)}">`,
    ).join('')}]><rss><channel><item><title>&lol${depth};</title></item></channel></rss>`

  it.each([
    [
      'an external entity',
      '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><rss><channel>&x;</channel></rss>',
    ],
    ['a billion laughs', lol(9)],
    ['a document type after a comment', '<!-- <![CDATA[ --><!DOCTYPE a SYSTEM "http://127.0.0.1/a.dtd"><rss/>'],
    ['a document type within', '<rss><channel><!DOCTYPE a [<!ENTITY b "c">]></channel></rss>'],
    ['an entity that is not declared there', '<rss><!ENTITY b "c"></rss>'],
  ])('declares nothing: %s', (_what, text) => {
    expect(faultOf(text)).toMatch(/document type \(DTD\) is refused/)
  })

  it('may speak of a document type in its text', () => {
    const html = rssFeed([{ guid: 'g', title: 'x', text: '<!DOCTYPE html><p>本文</p>' }])
    expect(read(html).drafts[0]?.content.texts['ja']?.text).toBe('本文')
  })

  it.each([
    ['deep nesting', '<a>'.repeat(100_000)],
    ['deep and closed', `${'<a>'.repeat(5_000)}${'</a>'.repeat(5_000)}`],
    ['comments without an end', '<!--'.repeat(250_000)],
    ['angles', `<rss><channel><item><title>${'&lt;'.repeat(200_000)}</title></item></channel></rss>`],
    ['too much', ' '.repeat(3_000_000)],
    ['prototypes', '<alert><__proto__><identifier>x</identifier></__proto__><constructor/></alert>'],
    ['no XML', '{"bulletin": 1}'],
    ['nothing', ''],
    ['another document', '<html><body/></html>'],
  ])('costs little and is refused, or is harmless: %s', (_what, text) => {
    // What took time with the square of its length would not end within the test's time.
    faultOf(text)
    expect(({} as { identifier?: string }).identifier).toBeUndefined()
  })

  it('in any bytes is a bulletin or a fault with a code', () => {
    const tags = fc.constantFrom(
      '<alert>',
      '</alert>',
      '<info>',
      '</info>',
      '<rss>',
      '<channel>',
      '<item>',
      '<title>',
      '</title>',
      '&#x1F600;',
      '&#0;',
      '<![CDATA[',
      ']]>',
      '<?x',
      '"',
    )
    fc.assert(
      fc.property(fc.array(fc.oneof(tags, fc.string({ unit: 'binary' }))), (parts) => {
        faultOf(parts.join(''))
      }),
      { numRuns: 150 },
    )
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => void faultOf(bytes)))
  })

  it('cannot break a message of CAP in a way that is not named', () => {
    const whole = capMessage({ identifier: 'k-1', sentMs })
    fc.assert(
      fc.property(fc.nat(whole.length), fc.nat(60), fc.string({ maxLength: 10 }), (at, length, put) => {
        const fault = faultOf(whole.slice(0, at) + put + whole.slice(at + length))
        expect(fault === '' || fault.startsWith('bulletin.invalid')).toBe(true)
      }),
      { numRuns: 300 },
    )
  })
})
