import { expect, it } from 'vitest'
import { refusalText } from './model-refusal.ts'

it('a refused model is told as a sentence by its fault, and without a known fault as one that could not be loaded', () => {
  expect(refusalText('hash-mismatch: model.onnx is not the file that was signed')).toMatch(
    /^(A file was changed|ファイルが書き換わっています)$/,
  )
  const other = refusalText('a model for segmentation does not score series')
  expect(other).toMatch(/^(It could not be loaded|読み込めませんでした)$/)
  expect(refusalText('toString: no')).toBe(other)
})
