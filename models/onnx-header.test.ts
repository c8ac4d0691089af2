import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readOnnxHeader } from './onnx-header.ts'
import { faultOf } from './refusal.ts'

const file = readFileSync(new URL('packages/lamp-power-anomaly/model.onnx', import.meta.url))

describe('the header of an ONNX file', () => {
  it('tells opset, inputs and outputs with free dimensions by name', () => {
    expect(readOnnxHeader(file)).toEqual({
      opset: 17,
      inputs: [{ name: 'features', elementType: 1, shape: ['N', 10] }],
      outputs: [
        { name: 'score', elementType: 1, shape: ['N', 1] },
        { name: 'band', elementType: 1, shape: ['N', 2] },
      ],
    })
  })

  it('refuses arbitrary and cut bytes only as bad-onnx', () => {
    const cut = fc.nat(file.length - 1).map((length) => file.subarray(0, length))
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }), cut), (bytes) => {
        try {
          readOnnxHeader(bytes)
        } catch (error) {
          expect(faultOf(error)).toBe('bad-onnx')
        }
      }),
    )
  })
})
