// Teaches the factory of the demo its part by example, as its foreman would: thirty good flanges, ten bad ones. A program of its own.
import { setPriority } from 'node:os'
import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { type Example, ExampleStore } from '../../edge/teach/example-store.ts'
import { createNoise } from '../../firmware-bridge/simulators/nature/seeded-noise.ts'
import { flangeDefects, flangeOf } from '../../firmware-bridge/simulators/factory/flange.ts'
import { photograph } from '../../firmware-bridge/simulators/factory/photograph.ts'
import { packageFolder } from '../../models/package-folder.ts'
import { loadPackage } from '../../models/package.ts'
import { teach, type TeachPicture } from '../../models/teach/teach.ts'

const goodParts = 30
const badParts = 10
/** None of these parts ever comes down the line: its seed is another. */
const exampleSeed = 20_261_122
/** Behind everything else that runs on the machine. */
const lowestPriority = 19

const [out, keyFile, examplesFolder] = process.argv.slice(2)
if (out === undefined || keyFile === undefined || examplesFolder === undefined)
  throw new Error('teach-flange OUT KEY EXAMPLES: where the package goes, who signs it, where its examples stay')
setPriority(lowestPriority)
const started = performance.now()
const store = new ExampleStore(examplesFolder)
for (let index = 0; index < goodParts; index += 1) await store.add('good', await picture(index, 'none'), index)
for (let index = 0; index < badParts; index += 1) {
  await store.add('bad', await picture(1000 + index, defectOf(index)), index)
}
const examples = await store.list()
const taught = await teach({
  extractor: await loadPackage(packageFolder('image-features')),
  good: shown('good'),
  bad: shown('bad'),
  out,
  id: 'kazusa-flange',
  version: '1.0.0',
  labels: { ja: 'かずさ工場 フランジ', en: 'Kazusa flange' },
  nowMs: Date.now(),
  privateKeyPem: await readFile(keyFile, 'utf8'),
})
console.log(
  JSON.stringify({ seconds: (performance.now() - started) / 1000, ...taught.leaveOneOut, refused: taught.refused }),
)

function picture(index: number, defect: Parameters<typeof flangeOf>[2]): Promise<Buffer> {
  return photograph(flangeOf(exampleSeed, index, defect))
}

/** By the names that they have in the store: there a later refit finds them again. */
function shown(judgement: Example['judgement']): readonly TeachPicture[] {
  return examples
    .filter((example) => example.judgement === judgement)
    .map(({ path }) => ({ name: basename(path), read: () => readFile(path) }))
}

/** Each kind in turn, beginning anywhere. */
function defectOf(index: number): (typeof flangeDefects)[number] {
  const from = Math.floor(createNoise(exampleSeed, 'defects').uniform(0) * flangeDefects.length)
  return flangeDefects[(from + index) % flangeDefects.length] ?? 'scratch'
}
