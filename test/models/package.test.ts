import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { GoldenCases, GoldenTrace } from '../../models/manifest-series.ts'
import { openOnnxScorer } from '../../models/onnx-scorer.ts'
import { packageFolder } from '../../models/package-folder.ts'
import { faultOf, type PackageFault } from '../../models/refusal.ts'
import { createTrust } from '../../models/signature.ts'
import { copyPackage, copyTrust, loadSeriesPackage, type PackageCopy } from './package-copy.ts'

const ids = ['lamp-power-anomaly'] as const

async function verify(folder: string, trust = copyTrust): Promise<PackageFault | 'accepted' | undefined> {
  try {
    await (await openOnnxScorer(await loadSeriesPackage(folder, trust))).close()
    return 'accepted'
  } catch (error) {
    return faultOf(error)
  }
}

async function faultAfter(damage: (copy: PackageCopy) => void): Promise<PackageFault | 'accepted' | undefined> {
  using copy = copyPackage('lamp-power-anomaly')
  damage(copy)
  return await verify(copy.folder)
}

/** The graph with its opset_import changed: field 8 (0x42), length 4, domain "" (0x0a 0x00), version (0x10). */
function withOpset(model: Buffer, opset: number): Buffer {
  const at = model.indexOf(Buffer.from([0x42, 4, 0x0a, 0, 0x10]))
  if (at < 0) throw new Error('the graph has no opset_import of the expected form')
  const changed = Buffer.from(model)
  changed[at + 5] = opset
  return changed
}

describe('a model package', () => {
  for (const id of ids) {
    it(`${id} is accepted, golden samples included`, async () => {
      expect(await verify(packageFolder(id))).toBe('accepted')
    })
  }

  it('is refused as unsigned without a signature, but where that is allowed', async () => {
    using copy = copyPackage('lamp-power-anomaly')
    rmSync(join(copy.folder, 'signature.json'))
    expect(await verify(copy.folder)).toBe('unsigned')
    expect(await verify(copy.folder, createTrust({ allowUnsigned: true }))).toBe('accepted')
  })

  it('is refused as unknown-key when nobody here trusts its signer, even where unsigned ones are allowed', async () => {
    using copy = copyPackage('lamp-power-anomaly')
    expect(await verify(copy.folder, createTrust())).toBe('unknown-key')
    expect(await verify(copy.folder, createTrust({ allowUnsigned: true }))).toBe('unknown-key')
  })

  it('is refused as bad-signature when one byte of the manifest or of the signature is another', async () => {
    const alter = (path: string, from: string, to: string) => (copy: PackageCopy) => {
      const text = copy.read(path).toString()
      copy.write(path, text.replace(from, to))
      if (copy.read(path).toString() === text) throw new Error(`nothing was altered in ${path}`)
    }
    const respaced = alter('manifest.json', '"format"', ' "format"')
    const other = alter('signature.json', 'ed25519', 'ed448')
    const cut = (copy: PackageCopy): void => copy.write('signature.json', copy.read('signature.json').subarray(0, 90))
    const foreign = (copy: PackageCopy): void => {
      using second = copyPackage('ap-traffic-anomaly')
      copy.write('signature.json', second.read('signature.json'))
    }
    for (const damage of [respaced, other, cut, foreign]) expect(await faultAfter(damage)).toBe('bad-signature')
  })

  it('is refused as hash-mismatch when one byte of the graph is altered', async () => {
    const fault = await faultAfter((copy) => {
      const model = copy.read('model.onnx')
      model[2000] = (model[2000] ?? 0) ^ 1
      copy.write('model.onnx', model)
    })
    expect(fault).toBe('hash-mismatch')
  })

  it('is refused as missing-file when a listed file is gone', async () => {
    expect(await faultAfter((copy) => rmSync(join(copy.folder, 'golden/trace.json')))).toBe('missing-file')
  })

  it('is refused as missing-file when the folder is not there', async () => {
    expect(await verify('/nonexistent/package')).toBe('missing-file')
  })

  it('is refused as unlisted-file when it holds more than its manifest says', async () => {
    expect(await faultAfter((copy) => copy.write('golden/extra.bin', 'x'))).toBe('unlisted-file')
  })

  it('is refused as missing-label when the model or an output has no label in one of the languages', async () => {
    const drop = (copy: PackageCopy): void => copy.change((manifest) => Reflect.deleteProperty(manifest.labels, 'ja'))
    const empty = (copy: PackageCopy): void =>
      copy.change(({ outputs }) => Object.assign(outputs[1]?.labels ?? {}, { en: ' ' }))
    for (const damage of [drop, empty]) expect(await faultAfter(damage)).toBe('missing-label')
  })

  it('is refused as bad-schema when the manifest has an unknown key or task, leaves its folder or is not JSON', async () => {
    const add = (copy: PackageCopy): void => copy.change((manifest) => Object.assign(manifest, { colour: 'red' }))
    const other = (copy: PackageCopy): void => copy.change((manifest) => Object.assign(manifest, { task: 'toString' }))
    const leave = (copy: PackageCopy): void => copy.change((manifest) => void (manifest.model = '../model.onnx'))
    const cut = (copy: PackageCopy): void => {
      copy.write('manifest.json', copy.read('manifest.json').subarray(0, 200))
      copy.sign()
    }
    for (const damage of [add, other, leave, cut]) expect(await faultAfter(damage)).toBe('bad-schema')
  })

  it('is refused as wrong-shape when the graph takes another shape than the manifest says', async () => {
    expect(await faultAfter((copy) => copy.change((manifest) => void (manifest.input.shape[1] = 11)))).toBe(
      'wrong-shape',
    )
  })

  it('is refused as wrong-shape when the feature window fills another width than the graph takes', async () => {
    const fault = await faultAfter((copy) => copy.change((manifest) => void (manifest.input.window.steps.count = 3)))
    expect(fault).toBe('wrong-shape')
  })

  it('is refused as wrong-opset when the manifest and the graph disagree, or the opset is not supported', async () => {
    expect(await faultAfter((copy) => copy.change((manifest) => void (manifest.runtime.opset = 18)))).toBe(
      'wrong-opset',
    )
    const future = await faultAfter((copy) => {
      copy.publish('model.onnx', withOpset(copy.read('model.onnx'), 99))
      copy.change((manifest) => void (manifest.runtime.opset = 99))
    })
    expect(future).toBe('wrong-opset')
  })

  it('is refused as wrong-runtime when it needs a newer ONNX Runtime', async () => {
    const fault = await faultAfter((copy) => copy.change((manifest) => void (manifest.runtime.minimum = '99.0.0')))
    expect(fault).toBe('wrong-runtime')
  })

  it('is refused as bad-onnx when the graph is cut short', async () => {
    const fault = await faultAfter((copy) => copy.publish('model.onnx', copy.read('model.onnx').subarray(0, 900)))
    expect(fault).toBe('bad-onnx')
  })

  it('is refused as golden-mismatch when the model gives another score than its golden case', async () => {
    const fault = await faultAfter((copy) => {
      const cases = JSON.parse(copy.read('golden/cases.json').toString()) as GoldenCases
      const score = cases[12]?.outputs['score'] ?? []
      score[0] = (score[0] ?? 0) + 0.001
      copy.publish('golden/cases.json', JSON.stringify(cases))
    })
    expect(fault).toBe('golden-mismatch')
  })

  it('is refused as golden-mismatch when the feature window gives another row than the golden trace', async () => {
    const fault = await faultAfter((copy) => {
      const trace = JSON.parse(copy.read('golden/trace.json').toString()) as GoldenTrace
      const step = trace.findLast(({ features }) => features !== undefined)
      step?.features?.splice(2, 1, 12_345)
      copy.publish('golden/trace.json', JSON.stringify(trace))
    })
    expect(fault).toBe('golden-mismatch')
  })
})
