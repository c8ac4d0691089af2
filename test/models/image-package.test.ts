import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { openImageSession } from '../../models/image-golden.ts'
import type { ImageGoldenCases, InspectionManifest, PeopleCountManifest } from '../../models/manifest-image.ts'
import { isImagePackage } from '../../models/model-package.ts'
import { loadPackage } from '../../models/package.ts'
import { faultOf, type PackageFault } from '../../models/refusal.ts'
import { copyPackage, copyTrust, type PackageCopy } from './package-copy.ts'

type Copy = PackageCopy<InspectionManifest>
const spotFinder = join(import.meta.dirname, '../vision/packages/spot-finder')

async function faultAfter(damage: (copy: Copy) => void): Promise<PackageFault | 'accepted' | undefined> {
  using copy = copyPackage<InspectionManifest>(spotFinder)
  damage(copy)
  try {
    const model = await loadPackage(copy.folder, copyTrust)
    if (!isImagePackage(model)) throw new Error('the package reads no images')
    await (await openImageSession(model)).close()
    return 'accepted'
  } catch (error) {
    return faultOf(error)
  }
}

function changing(edit: (manifest: InspectionManifest) => void): (copy: Copy) => void {
  return (copy) => copy.change(edit)
}

describe('a package that reads images', () => {
  it('is accepted when its golden images give what they should on this machine', async () => {
    expect(await faultAfter(() => undefined)).toBe('accepted')
  })

  it('is refused as golden-mismatch when an output is off by more than its tolerance, or has another length', async () => {
    const alter = (edit: (outputs: number[]) => void) => (copy: Copy) => {
      const cases = JSON.parse(copy.read('golden/cases.json').toString()) as ImageGoldenCases
      const score = cases[0]?.outputs['score']
      if (!Array.isArray(score)) throw new Error('the first case has no inline score')
      edit(score)
      copy.publish('golden/cases.json', JSON.stringify(cases))
    }
    const off = (by: number) => alter((score) => (score[0] = (score[0] ?? 0) + by))
    expect(await faultAfter(off(0.5))).toBe('golden-mismatch')
    expect(await faultAfter(off(Number.EPSILON))).toBe('accepted')
    expect(await faultAfter(alter((score) => score.push(0)))).toBe('golden-mismatch')
    const tighter = changing(({ golden }) => Object.assign(golden, { tolerances: { score: 0.6 } }))
    expect(await faultAfter((copy) => (off(0.5)(copy), tighter(copy)))).toBe('accepted')
  })

  it('is refused as golden-mismatch when a golden image is none, or the preprocessing is another', async () => {
    const image = (copy: Copy): void => copy.publish('golden/0.png', 'no picture')
    expect(await faultAfter(image)).toBe('golden-mismatch')
    const brighter = changing(({ input }) => void (input.image.scale *= 2))
    expect(await faultAfter(brighter)).toBe('golden-mismatch')
  })

  it('is refused as missing-label when a class has no label in one language, or an output tells an unknown class', async () => {
    const damages = [
      changing(({ classes }) => Reflect.deleteProperty(classes[0] ?? {}, 'ja')),
      changing(({ classes }) => Object.assign(classes[0] ?? {}, { en: '' })),
      changing(({ outputs }) => outputs.forEach((output) => output.classes?.splice(0, 1, 'unheard-of'))),
    ]
    for (const damage of damages) expect(await faultAfter(damage)).toBe('missing-label')
  })

  it('is refused as wrong-shape when image, graph and meaning do not fit each other', async () => {
    const damages = [
      changing(({ input }) => void (input.image.width += 8)),
      changing(({ input }) => void (input.shape[2] = 8)),
      changing(({ input }) => void (input.image.colour = input.image.colour === 'rgb' ? 'grey' : 'rgb')),
      changing(({ outputs }) => void outputs.pop()),
    ]
    for (const damage of damages) expect(await faultAfter(damage)).toBe('wrong-shape')
  })

  it('is refused as bad-schema when mean, tiles or the first output make no sense', async () => {
    const damages = [
      changing(({ input }) => void input.image.mean.push(0)),
      changing(({ input }) => Object.assign(input.image, { fit: 'tile', tile: { overlapPx: 2000 } })),
      changing(({ outputs }) => void outputs.reverse()),
    ]
    for (const damage of damages) expect(['bad-schema', 'wrong-shape']).toContain(await faultAfter(damage))
    expect(await faultAfter(changing(({ classes }) => void classes.push(...classes)))).toBe('bad-schema')
  })

  it('is refused as missing-file when a golden image is not listed', async () => {
    const forget = changing(({ files }) => {
      const at = files.findIndex(({ path }) => path === 'golden/0.png')
      files.splice(at, 1, { path: 'other.png', bytes: 1, sha256: '0'.repeat(64) })
    })
    expect(await faultAfter(forget)).toMatch(/^(missing|unlisted)-file$/)
  })
})

describe('a package that counts people', () => {
  const peopleCount = join(import.meta.dirname, '../../models/packages/people-count')

  async function refused(
    damage: (manifest: PeopleCountManifest) => void,
  ): Promise<PackageFault | 'accepted' | undefined> {
    using copy = copyPackage<PeopleCountManifest>(peopleCount)
    copy.change(damage)
    return await loadPackage(copy.folder, copyTrust).then(() => 'accepted' as const, faultOf)
  }

  it('is refused when boxes and scores do not fit each other, the class or the way the image is fitted', async () => {
    const [boxes, scores] = [0, 1]
    expect(await refused(() => undefined)).toBe('accepted')
    expect(await refused(({ outputs }) => void outputs.reverse())).toMatch(/^(bad-schema|wrong-shape)$/)
    expect(await refused(({ outputs }) => Object.assign(outputs[boxes] ?? {}, { shape: [1, 1917, 5] }))).toBe(
      'wrong-shape',
    )
    expect(await refused(({ outputs }) => Object.assign(outputs[scores] ?? {}, { meaning: 'features' }))).toMatch(
      /^(bad-schema|wrong-shape)$/,
    )
    expect(await refused(({ outputs }) => Reflect.deleteProperty(outputs[scores] ?? {}, 'classes'))).toBe('bad-schema')
    expect(await refused(({ classes }) => void classes.push({ id: 'dog', ja: '犬', en: 'Dog' }))).toBe('bad-schema')
    expect(await refused(({ input }) => Object.assign(input.image, { fit: 'contain', fill: 0 }))).toBe('bad-schema')
    expect(await refused(({ thresholds }) => Object.assign(thresholds, { score: 1.5 }))).toBe('bad-schema')
  })
})
