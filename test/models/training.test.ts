import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { openOnnxScorer } from '../../models/onnx-scorer.ts'
import { packageFolder } from '../../models/package-folder.ts'
import { createTrust } from '../../models/signature.ts'
import { debianPackage } from '../debian.ts'
import { loadSeriesPackage } from './package-copy.ts'

const script = fileURLToPath(new URL('../../models/training/train_series_models.py', import.meta.url))
const limitMs = 400_000

describe.runIf(debianPackage('python3-onnx') && debianPackage('python3-numpy'))('the training script', () => {
  it('makes the committed lamp model again: its scores agree on every golden case', { timeout: limitMs }, async () => {
    const out = mkdtempSync(join(tmpdir(), 'musubi-training-'))
    try {
      const words = [script, '--only', 'lamp-power-anomaly', '--skip-evaluation', '--out', out]
      await promisify(execFile)('/usr/bin/python3', words, { timeout: limitMs })
      const made = await loadSeriesPackage(join(out, 'lamp-power-anomaly'), createTrust({ allowUnsigned: true }))
      const committed = await loadSeriesPackage(packageFolder('lamp-power-anomaly'))
      const scorer = await openOnnxScorer(made)
      const rows = Float32Array.from(committed.golden.cases.flatMap(({ input }) => input))
      const { score } = await scorer.run(rows, committed.golden.cases.length)
      await scorer.close()
      committed.golden.cases.forEach(({ outputs }, index) => {
        expect(Math.abs((score?.[index] ?? 1) - (outputs['score']?.[0] ?? 0))).toBeLessThan(0.05)
      })
    } finally {
      rmSync(out, { recursive: true, force: true })
    }
  })
})
