// The label sheet as a printer and a phone see it: rendered by poppler, its codes read by zbar, nothing over an edge.
import { execFile } from 'node:child_process'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { faceAt, type LabelPaper, labelPapers } from '../../provisioning/claims/label-papers.ts'
import { type Label, writeLabelSheet } from '../../provisioning/claims/label-sheet.ts'
import { readClaimText, writeClaimText } from '../../provisioning/est/claim-text.ts'
import { debianPackage } from '../debian.ts'

const program = promisify(execFile)
const millimetresPerPoint = 25.4 / 72
const secret = '0123456789abcdefghjkmnpqrs'
const sites = ['小糸 3号田', '', '君津市役所 本庁舎 屋上（北側）気象観測装置横の制御盤', '田'.repeat(40)]
const names = ['paddy-1', 'streetlight-center-koito-west-12', 'abcdefghijklmnopqrstuvwxyz012345']
const tenants = ['kimitsu', 'a-tenant-with-32-letters-in-name']

const labelOf = (index: number): Label => {
  const identity = { tenant: tenants[index % 2]!, gateway: names[index % 3]! }
  const claim = `claim${String(index).padStart(3, '0')}`
  const text = {
    hub: 'hub.kimitsu.lg.example.jp:8444',
    caHash: 'Ab_9-'.repeat(9).slice(0, 43),
    claim,
    secret,
    identity,
  }
  const expiresMs = Date.parse('2026-12-31T23:59:59+09:00')
  return { ...identity, site: sites[index % 4]!, claim, expiresMs, text: writeClaimText(text) }
}

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'musubi-labels-'))
})
afterEach(() => rm(folder, { recursive: true }))

interface Word {
  readonly text: string
  readonly leftMm: number
  readonly topMm: number
  readonly rightMm: number
  readonly bottomMm: number
}

/** The words of each page with their places on it, and the size of the page. */
async function read(file: string) {
  const { stdout } = await program('pdftotext', ['-bbox', file, '-'])
  const number = (tag: string, name: string) =>
    Number(new RegExp(`${name}="([\\d.-]+)"`).exec(tag)?.[1]) * millimetresPerPoint
  const pages = stdout.split('<page ').slice(1)
  return pages.map((page) => ({
    widthMm: number(page, 'width'),
    heightMm: number(page, 'height'),
    words: [...page.matchAll(/<word ([^>]*)>(.*?)<\/word>/g)].map(([, tag = '', text = '']): Word => {
      const [leftMm, topMm] = [number(tag, 'xMin'), number(tag, 'yMin')]
      return { text, leftMm, topMm, rightMm: number(tag, 'xMax'), bottomMm: number(tag, 'yMax') }
    }),
  }))
}

async function codesOf(file: string): Promise<readonly string[]> {
  await program('pdftoppm', ['-r', '200', '-gray', '-png', file, join(folder, 'page')])
  const pages = (await readdir(folder)).filter((name) => name.endsWith('.png')).toSorted()
  const { stdout } = await program('zbarimg', [
    '-q',
    '--raw',
    '-Sdisable',
    '-Sqrcode.enable',
    ...pages.map((page) => join(folder, page)),
  ])
  return stdout.trim().split('\n').toSorted()
}

const installed = debianPackage('poppler-utils') && debianPackage('zbar-tools')

describe.skipIf(!installed).each(Object.entries(labelPapers))(
  'a sheet of %s',
  { timeout: 120_000 },
  (_, paper: LabelPaper) => {
    const faces = paper.columns * paper.rows

    it('has the size of its paper, and codes that a phone reads', async () => {
      const labels = Array.from({ length: faces + 1 }, (_, index) => labelOf(index))
      const file = join(folder, 'labels.pdf')
      await writeLabelSheet(file, labels, { paper, skip: 0, offsetMm: [0, 0] })
      const pages = await read(file)
      expect(pages).toHaveLength(2)
      for (const { widthMm, heightMm } of pages) {
        expect(widthMm).toBeCloseTo(paper.pageWidthMm, 1)
        expect(heightMm).toBeCloseTo(paper.pageHeightMm, 1)
      }
      expect(await codesOf(file)).toEqual(labels.map(({ text }) => text).toSorted())
    })

    it('shows all that a person needs on the face of its gateway, and the secret in the code alone', async () => {
      const labels = Array.from({ length: faces }, (_, index) => labelOf(index))
      const file = join(folder, 'labels.pdf')
      await writeLabelSheet(file, labels, { paper, skip: 0, offsetMm: [0, 0] })
      const [page] = await read(file)
      const words = page!.words
      for (const [index, label] of labels.entries()) {
        const { xMm, yMm } = faceAt(paper, index)
        const [right, bottom] = [xMm + paper.faceWidthMm, yMm + paper.faceHeightMm]
        const own = words.filter(
          ({ leftMm, topMm }) => leftMm >= xMm && leftMm < right && topMm >= yMm && topMm < bottom,
        )
        const said = own.map(({ text }) => text).join('')
        for (const part of [label.gateway, label.tenant, label.site, label.claim, '期限2026-12-31', '1回だけ有効']) {
          expect(said).toContain(part.replaceAll(' ', ''))
        }
        for (const { text, rightMm, bottomMm } of own) {
          expect(right - rightMm, text).toBeGreaterThan(2)
          expect(bottom - bottomMm, text).toBeGreaterThan(1.5)
        }
        expect(overlapping(own)).toEqual([])
      }
      expect(words.map(({ text }) => text).join('')).not.toContain(secret.slice(0, 8))
    })
  },
)

/** Words that lie on each other by more than the air between two lines. */
function overlapping(words: readonly Word[]): readonly string[] {
  return words.flatMap((one, index) =>
    words.slice(index + 1).flatMap((other) => {
      const across = Math.min(one.rightMm, other.rightMm) - Math.max(one.leftMm, other.leftMm)
      const down = Math.min(one.bottomMm, other.bottomMm) - Math.max(one.topMm, other.topMm)
      return across > 0.1 && down > 0.5 ? [`${one.text} on ${other.text}`] : []
    }),
  )
}

describe.skipIf(!installed)('a sheet that was used before', () => {
  it('begins at the first face that is left, and follows the printer', async () => {
    const paper = labelPapers['a4-24']
    const file = join(folder, 'labels.pdf')
    await writeLabelSheet(file, [labelOf(0), labelOf(1)], { paper, skip: 23, offsetMm: [1, -2] })
    const pages = await read(file)
    expect(pages).toHaveLength(2)
    const straight = join(folder, 'straight.pdf')
    await writeLabelSheet(straight, [labelOf(0)], { paper, skip: 23, offsetMm: [0, 0] })
    const [word, same] = [pages[0]!.words[0]!, (await read(straight))[0]!.words[0]!]
    expect(word.leftMm - same.leftMm).toBeCloseTo(1, 1)
    expect(word.topMm - same.topMm).toBeCloseTo(-2, 1)
    expect(same.topMm).toBeGreaterThan(297 - 12.9 - 33.9)
  })
})

it('of every paper has a code of at least 25 mm, quiet zone apart, on faces that fit the page', () => {
  for (const paper of Object.values(labelPapers)) {
    const last = faceAt(paper, paper.columns * paper.rows - 1)
    expect(last.xMm + paper.faceWidthMm).toBeLessThanOrEqual(paper.pageWidthMm + 1e-9)
    expect(last.yMm + paper.faceHeightMm).toBeLessThanOrEqual(paper.pageHeightMm)
    expect(((paper.faceHeightMm - 1) * 57) / 65).toBeGreaterThan(25)
  }
  expect(readClaimText(labelOf(0).text).claim).toBe('claim000')
})
