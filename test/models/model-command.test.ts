import { execFile } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const musubi = join(import.meta.dirname, '../../bin/musubi.ts')
const spotFinder = join(import.meta.dirname, '../vision/packages/spot-finder')
const limitMs = 120_000
let folder = ''

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'musubi-model-command-'))
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

interface Ended {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

async function model(...words: readonly string[]): Promise<Ended> {
  try {
    return { code: 0, ...(await promisify(execFile)(process.execPath, [musubi, 'model', ...words])) }
  } catch (thrown) {
    return thrown as Ended
  }
}

describe('musubi model', { timeout: limitMs }, () => {
  it('signs a package with a new key that nobody else can read, which verify then takes where it is trusted', async () => {
    const copy = join(folder, 'spots')
    const key = join(folder, 'ours')
    cpSync(spotFinder, copy, { recursive: true })
    expect(await model('verify', copy)).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^model.invalid: unsigned/),
    })
    expect(await model('sign', copy, '--new-key', key)).toMatchObject({ code: 0 })
    expect(statSync(key).mode & 0o777).toBe(0o600)
    const untrusted = await model('verify', copy)
    expect(untrusted).toMatchObject({ code: 1, stderr: expect.stringMatching(/^model.invalid: unknown-key/) })
    const { stdout } = await model('verify', copy, '--trust', `${key}.pub`, '--json')
    expect(JSON.parse(stdout)).toMatchObject({ id: 'spot-finder', task: 'inspection', goldenSamples: 3 })
    expect(await model('sign', copy, '--new-key', key)).toMatchObject({ code: 1 })
    writeFileSync(join(copy, 'card.md'), 'better figures')
    const altered = await model('sign', copy, '--key', key)
    expect(altered).toMatchObject({ code: 1, stderr: expect.stringMatching(/hash-mismatch/) })
  })

  it('judges pictures, draws a heat map of each, and tells the one that is none', async () => {
    const broken = join(folder, 'broken.png')
    writeFileSync(broken, 'no picture')
    const pictures = [0, 1].map((index) => join(spotFinder, `golden/${index}.png`))
    const words = ['run', spotFinder, ...pictures, broken, '--allow-unsigned', '--json', '--out', folder]
    const { code, stdout } = await model(...words)
    expect(code).toBe(1)
    const lines = stdout
      .trim()
      .split('\n')
      .map((line): unknown => JSON.parse(line))
    expect(lines).toMatchObject([
      { verdict: 'pass', class: null },
      { verdict: 'reject', class: 'dark-spot', written: [join(folder, '1.png.heat.png')] },
      { file: broken, error: { code: 'image.invalid' } },
    ])
    const [heat, plain] = await Promise.all(
      [join(folder, '1.png.heat.png'), pictures[1]].map((path) => sharp(path).removeAlpha().raw().toBuffer()),
    )
    expect(Buffer.compare(heat ?? Buffer.alloc(0), plain ?? Buffer.alloc(0))).not.toBe(0)
  })

  it('scores a recorded series, and writes its scores and a heat map with one line a day', async () => {
    const file = join(folder, 'lamp.csv')
    const startMs = Date.UTC(2026, 4, 1)
    const rows = Array.from({ length: 600 }, (_, index) => {
      const timeMs = startMs + index * 300_000
      return `${new Date(timeMs).toISOString()},${index === 7 ? '' : 40 + (index % 5)}`
    })
    writeFileSync(file, `time,value\n${rows.join('\n')}\n`)
    const { code, stdout } = await model('run', 'lamp-power-anomaly', file, '--json')
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({ file, detail: { samples: 600 } })
    const scores = readFileSync(`${file}.scores.csv`, 'utf8').trim().split('\n')
    expect(scores).toHaveLength(601)
    expect(scores[8]).toMatch(/Z,,$/)
    expect(scores[9]).toMatch(/Z,43,0\.\d+$|Z,43,[01]$/)
    expect((await sharp(`${file}.heat.png`).metadata()).width).toBe(1260)
  })

  it('says what is wrong with a table, and how it is used', async () => {
    const file = join(folder, 'wrong.csv')
    writeFileSync(file, 'time,value\n2026-05-01T00:00:00Z,warm\n')
    const wrong = await model('run', 'lamp-power-anomaly', file)
    expect(wrong).toMatchObject({ code: 1, stderr: expect.stringContaining('line 2: "warm" is no number') })
    expect(existsSync(`${file}.heat.png`)).toBe(false)
    expect(await model('run', 'lamp-power-anomaly')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('Usage'),
    })
    expect(await model('evaluate', 'lamp-power-anomaly')).toMatchObject({ code: 2 })
    expect(await model('teach', '--nonsense')).toMatchObject({ code: 2 })
    expect(await model('--help')).toMatchObject({ code: 0, stdout: expect.stringContaining('musubi model sign') })
  })
})
