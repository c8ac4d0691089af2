// Cayenne LPP: a self-describing payload of (channel, type, value) in a row, big-endian.
import { AppError } from '../../broker/contract/app-error.ts'
import type { LppAxis, LppType } from '../mqtt/profile-schemas.ts'

export interface LppValue {
  readonly channel: number
  readonly type: LppType
  readonly axis: LppAxis | undefined
  /** In `unit`. */
  readonly value: number
  /** A device unit (device-units.ts); undefined: the type says none. */
  readonly unit: string | undefined
}

interface LppPart {
  readonly axis?: LppAxis
  readonly bytes: 1 | 2 | 3
  readonly signed: boolean
  readonly scale: number
  readonly unit?: string
}

const part = (bytes: 1 | 2 | 3, signed: boolean, scale: number, unit?: string, axis?: LppAxis): LppPart => ({
  bytes,
  signed,
  scale,
  ...(unit === undefined ? {} : { unit }),
  ...(axis === undefined ? {} : { axis }),
})

/**
 * By type code. Checked against a payload of a real device: 0x02. The others are as commonly implemented and not verified
 * against a source of myDevices; humidity is 0.5 % a bit, accelerations are in g.
 */
const types: ReadonlyMap<number, { readonly type: LppType; readonly parts: readonly LppPart[] }> = new Map([
  [0x00, { type: 'digital-input', parts: [part(1, false, 1)] }],
  [0x01, { type: 'digital-output', parts: [part(1, false, 1)] }],
  [0x02, { type: 'analog-input', parts: [part(2, true, 0.01)] }],
  [0x03, { type: 'analog-output', parts: [part(2, true, 0.01)] }],
  [0x65, { type: 'illuminance', parts: [part(2, false, 1, 'lx')] }],
  [0x66, { type: 'presence', parts: [part(1, false, 1)] }],
  [0x67, { type: 'temperature', parts: [part(2, true, 0.1, 'degC')] }],
  [0x68, { type: 'humidity', parts: [part(1, false, 0.5, '%RH')] }],
  [
    0x71,
    { type: 'acceleration', parts: (['x', 'y', 'z'] as const).map((axis) => part(2, true, 0.001, undefined, axis)) },
  ],
  [0x73, { type: 'pressure', parts: [part(2, false, 0.1, 'hPa')] }],
  [0x74, { type: 'voltage', parts: [part(2, false, 0.01, 'V')] }],
  [
    0x88,
    {
      type: 'position',
      parts: [
        part(3, true, 0.0001, 'lat', 'lat'),
        part(3, true, 0.0001, 'lon', 'lon'),
        part(3, true, 0.01, 'm', 'altitude'),
      ],
    },
  ],
])

/** Every value of a payload, in its order. Throws `payload.schema` for an unknown type or a payload that ends within a value. */
export function readCayenneLpp(payload: Uint8Array): readonly LppValue[] {
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength)
  const values: LppValue[] = []
  let at = 0
  while (at < payload.length) {
    const channel = view.getUint8(at)
    const known = at + 1 < payload.length ? types.get(view.getUint8(at + 1)) : undefined
    if (known === undefined) throw new AppError('payload.schema', `Cayenne LPP: no known type at byte ${at + 1}`)
    at += 2
    for (const { axis, bytes, signed, scale, unit } of known.parts) {
      if (at + bytes > payload.length) throw new AppError('payload.schema', 'Cayenne LPP: it ends within a value')
      // 0.1 × 272 is 27.200000000000003: twelve digits drop that and keep every value that a type can have.
      const value = Number((integerAt(view, at, bytes, signed) * scale).toPrecision(12))
      values.push({ channel, type: known.type, axis, value, unit })
      at += bytes
    }
  }
  return values
}

function integerAt(view: DataView, at: number, bytes: 1 | 2 | 3, signed: boolean): number {
  let value = 0
  for (let index = 0; index < bytes; index += 1) value = value * 256 + view.getUint8(at + index)
  const half = 2 ** (8 * bytes - 1)
  return signed && value >= half ? value - 2 * half : value
}
