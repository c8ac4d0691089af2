import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { createGzip, gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { loadPackage } from '../../models/package.ts'
import { readArchive } from '../../models/package-archive.ts'
import { packageFolder } from '../../models/package-folder.ts'
import { faultOf } from '../../models/refusal.ts'
import { copyPackage, copyTrust } from './package-copy.ts'
import { paxLine, type TarEntry, tarOf } from './tar-pieces.ts'

const limits = { fileBytes: 4096, totalBytes: 65_536, files: 4 } as const

async function messageOf(entries: readonly TarEntry[] | Buffer): Promise<string> {
  const archive = Buffer.isBuffer(entries) ? entries : gzipSync(tarOf(entries))
  try {
    const files = await readArchive(Readable.from([archive]), limits)
    return `took ${[...files.keys()].join(' ')}`
  } catch (error) {
    expect(faultOf(error)).toBe('bad-archive')
    return error instanceof Error ? error.message : ''
  }
}

async function packed<T>(folder: string, words: readonly string[], use: (file: string) => Promise<T>): Promise<T> {
  const parent = mkdtempSync(join(tmpdir(), 'musubi-archive-'))
  try {
    const file = join(parent, 'package.tgz')
    execFileSync('tar', ['-czf', file, '-C', folder, ...words])
    return await use(file)
  } finally {
    rmSync(parent, { recursive: true, force: true })
  }
}

describe('a package in a .tgz', () => {
  it.each(['gnu', 'pax', 'ustar'])('is the same as in a folder, as tar writes it in the %s format', async (format) => {
    const folder = packageFolder('lamp-power-anomaly')
    const model = await packed(folder, [`--format=${format}`, '.'], loadPackage)
    const expected = await loadPackage(folder)
    expect(model.folder).toMatch(/package\.tgz$/)
    expect(model.manifest).toEqual(expected.manifest)
    expect(model.golden).toEqual(expected.golden)
    expect(model.signedBy).toBe(expected.signedBy)
    expect(Buffer.compare(model.model, expected.model)).toBe(0)
    expect([...model.files.keys()]).toEqual([...expected.files.keys()])
  })

  it('is refused like a folder when a file was altered after it was signed', async () => {
    using copy = copyPackage('lamp-power-anomaly')
    copy.write('card.md', 'better figures')
    const refused = await packed(copy.folder, ['.'], (file) =>
      loadPackage(file, copyTrust).then(
        () => undefined,
        (thrown: unknown) => thrown,
      ),
    )
    expect(faultOf(refused)).toBe('hash-mismatch')
  })

  it('is refused when it is no archive at all', async () => {
    const parent = mkdtempSync(join(tmpdir(), 'musubi-archive-'))
    try {
      writeFileSync(join(parent, 'package.tgz'), 'hello')
      await expect(loadPackage(join(parent, 'package.tgz'))).rejects.toThrow(/^bad-archive/)
    } finally {
      rmSync(parent, { recursive: true, force: true })
    }
  })
})

describe('the archive reader', () => {
  const file = { name: 'manifest.json', content: '{}' }

  it('takes plain files, folders and extended headers that change nothing', async () => {
    const extended = { name: 'PaxHeaders/x', type: 'x', content: paxLine('mtime', '1790000000.5') }
    const entries = [{ name: './', type: '5' }, extended, file, { name: 'cases.json', prefix: 'golden', content: 'x' }]
    expect(await messageOf(entries)).toBe('took manifest.json golden/cases.json')
  })

  it.each<readonly [string, TarEntry, RegExp]>([
    ['a symbolic link', { name: 'model.onnx', type: '2', linkName: '/etc/passwd' }, /no plain file/],
    ['a hard link', { name: 'model.onnx', type: '1', linkName: 'manifest.json' }, /no plain file/],
    ['a device', { name: 'null', type: '3' }, /no plain file/],
    ['a GNU long name', { name: '././@LongLink', type: 'L', content: 'x'.repeat(200) }, /no plain file/],
    ['an absolute path', { name: '/etc/passwd' }, /no path of a package/],
    ['a path that leaves the folder', { name: 'golden/../../passwd' }, /no path of a package/],
    ['such a path in the prefix', { name: 'passwd', prefix: '..' }, /no path of a package/],
    ['a backslash', { name: String.raw`golden\cases.json` }, /no path of a package/],
    ['a name with a line break', { name: 'card.md\nx' }, /no path of a package/],
    ['an empty name', { name: '' }, /no path of a package/],
    ['a second file of the same path', { name: './manifest.json', content: 'other' }, /twice/],
    ['a file over the limit', { name: 'model.onnx', content: Buffer.alloc(4097) }, /at most 4096/],
    ['a file that is said to be huge', { name: 'model.onnx', size: 0o7777777777 }, /at most 4096/],
    ['a wrong check sum', { name: 'model.onnx', wrongCheckSum: true }, /check sum/],
    ['a folder with content', { name: 'golden/', type: '5', content: 'x' }, /has content/],
    ['a new name in an extended header', { name: 'x', type: 'x', content: paxLine('path', 'b') }, /changes the path/],
    ['a new size in an extended header', { name: 'x', type: 'g', content: paxLine('size', '9') }, /changes the size/],
    ['a long extended header', { name: 'x', type: 'x', content: Buffer.alloc(9000) }, /9000|at most/],
  ])('refuses %s', async (_, entry, expected) => {
    expect(await messageOf([file, entry])).toMatch(expected)
  })

  it('refuses more files than a package has, and what follows the end', async () => {
    const many = Array.from({ length: 5 }, (_, index) => ({ name: `f${index}` }))
    expect(await messageOf(many)).toMatch(/more than 4 files/)
    const folders = Array.from({ length: 20 }, () => ({ name: 'golden/', type: '5' }))
    expect(await messageOf([...folders, file])).toMatch(/more than 16 entries/)
    expect(await messageOf(gzipSync(Buffer.concat([tarOf([file]), tarOf([{ name: 'card.md' }])])))).toMatch(/its end/)
  })

  it('refuses an archive without a file, a cut one, and one with a wrong gzip check sum', async () => {
    expect(await messageOf([])).toMatch(/no file/)
    const whole = gzipSync(tarOf([{ ...file, content: Buffer.alloc(1000, 7) }]))
    expect(await messageOf(gzipSync(tarOf([file]).subarray(0, 600)))).toMatch(/cut short/)
    expect(await messageOf(whole.subarray(0, whole.length - 12))).toMatch(/unexpected end/)
    const altered = Buffer.from(whole)
    altered[altered.length - 5] = (altered[altered.length - 5] ?? 0) ^ 1
    expect(await messageOf(altered)).toMatch(/incorrect data check/)
  })

  it('stops a bomb at its limit, however small it came and however much it would unfold to', async () => {
    let unfolded = 0
    const chunk = Buffer.alloc(65_536)
    const bomb = Readable.from(
      (function* () {
        yield tarOf([{ name: 'a', content: 'x' }]).subarray(0, 1024)
        for (; unfolded < 2 ** 30; unfolded += chunk.length) yield chunk
      })(),
    )
    await expect(readArchive(bomb.pipe(createGzip()), limits)).rejects.toThrow(/bad-archive: it unfolds to more than/)
    expect(unfolded).toBeLessThan(2 ** 28)
    bomb.destroy()
  })

  it('counts what headers announce, so that empty promises reserve no memory', async () => {
    const big = { fileBytes: 2 ** 26, totalBytes: 2 ** 27, files: 300 } as const
    const promises = ['a', 'b', 'c'].map((name) => ({ name, size: 2 ** 26 - 1 }))
    const cut = Buffer.concat(promises.map((entry) => tarOf([entry]).subarray(0, 512)))
    await expect(readArchive(Readable.from([gzipSync(cut)]), big)).rejects.toThrow(/bad-archive/)
  })

  it('gives the same files however the bytes arrive', async () => {
    const entries = [file, { name: 'golden/cases.json', content: Buffer.alloc(700, 1) }, { name: 'empty' }]
    const archive = gzipSync(tarOf(entries))
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 20 }), async (sizes) => {
        const parts: Buffer[] = []
        for (let at = 0, turn = 0; at < archive.length; turn += 1) {
          const size = sizes[turn % sizes.length] ?? 1
          parts.push(archive.subarray(at, at + size))
          at += size
        }
        const files = await readArchive(Readable.from(parts), limits)
        expect([...files].map(([path, bytes]) => [path, bytes.length])).toEqual([
          ['manifest.json', 2],
          ['golden/cases.json', 700],
          ['empty', 0],
        ])
      }),
      { numRuns: 30 },
    )
  })
})
