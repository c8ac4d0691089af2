// Model packages that nobody meant well: manifests, signatures, tar archives and ONNX headers.
import { generateKeyPairSync } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { readOnnxHeader } from '../../models/onnx-header.ts'
import type { SeriesAnomalyManifest } from '../../models/manifest-series.ts'
import { packageFolder } from '../../models/package-folder.ts'
import { parseManifest } from '../../models/package.ts'
import { checkSignature, createTrust, signManifest } from '../../models/signature.ts'
import { TarReader } from '../../models/tar-reader.ts'
import { paxLine, tarOf } from '../models/tar-pieces.ts'
import { describeFuzz } from './parser-fuzz.ts'
import type { Random } from './seeded-random.ts'

const latin = (text: string): Buffer => Buffer.from(text, 'latin1')
const hex = (text: string): Buffer => Buffer.from(text, 'hex')
const codes = ['model.invalid'] as const
const fileOf = (path: string): Buffer => readFileSync(`${packageFolder('lamp-power-anomaly')}/${path}`)

/** A manifest with one output and one file: as much as there must be. */
const { outputs, files, ...rest } = JSON.parse(fileOf('manifest.json').toString()) as SeriesAnomalyManifest
const manifest = Buffer.from(JSON.stringify({ ...rest, outputs: outputs.slice(0, 1), files: files.slice(0, 1) }))

describeFuzz({
  name: 'A manifest',
  codes,
  maxBytes: 4096,
  tokens: [
    '{',
    '}',
    '[',
    ']',
    '"',
    '":',
    ',',
    '"task":"inspection"',
    '"ja":""',
    '"outputs":',
    '1e999',
    '-0',
    '\\u0000',
    'null',
  ].map(latin),
  valid: () => manifest,
  parse: parseManifest,
})

const { privateKey, publicKey } = generateKeyPairSync('ed25519', {
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
})
const trust = createTrust({ keys: [publicKey] })
const signature = Buffer.from(signManifest(manifest, privateKey))

describeFuzz({
  name: 'A signature',
  codes,
  tokens: ['{', '}', '"', '"keyId":', '"signature":', 'ed25519', 'A', '=', '+/', '0000000000000000', 'null'].map(latin),
  valid: () => signature,
  parse: (bytes) => checkSignature(manifest, bytes, trust),
})

const limits = { fileBytes: 2 ** 16, totalBytes: 2 ** 18, files: 20 } as const

function archive(random: Random): Buffer {
  const names = ['manifest.json', 'model.onnx', 'golden/cases.json', 'card.md']
  const entries = names
    .slice(0, 1 + random.below(names.length))
    .map((name) => ({ name, content: random.bytes(random.below(300)) }))
  const first = [
    { name: './', type: '5' },
    { name: 'x', type: 'x', content: paxLine('mtime', '1.5') },
  ]
  return tarOf([...first.slice(0, random.below(3)), ...entries])
}

describeFuzz({
  name: 'A tar archive',
  codes,
  maxBytes: 8192,
  tokens: [
    'ustar\u000000',
    '\u0000'.repeat(512),
    '00000000777\u0000',
    '../',
    '5',
    'x',
    '13 path=a\n',
    '77777777777',
  ].map(latin),
  valid: archive,
  parse(bytes) {
    const reader = new TarReader(limits)
    const half = bytes.length >> 1
    reader.push(bytes.subarray(0, half))
    reader.push(bytes.subarray(half))
    const files = reader.end()
    for (const [path, content] of files) {
      if (!/^[a-z0-9][a-z0-9._/-]*$/.test(path) || path.includes('..')) throw new Error(`the path ${path} came through`)
      if (content.length > bytes.length) throw new Error(`${path} has more bytes than the archive`)
    }
  },
})

const graph = fileOf('model.onnx')

describeFuzz({
  name: 'The header of an ONNX file',
  codes,
  maxBytes: 4096,
  tokens: ['3a', '4204', '0a00', '10', '5a', '62', 'ffffffff0f', 'ffffffffffffffffff01', '12', '00'].map(hex),
  valid: () => graph,
  parse: readOnnxHeader,
})
