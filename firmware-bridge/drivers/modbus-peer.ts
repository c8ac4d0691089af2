// The Modbus half of the misbehaving peer: every register and coil pair holds the same value, in both framings.
import type { PeerProtocol } from './misbehaving-peer.ts'
import { withCrc } from './modbus-framing.ts'

function replyBody(request: Buffer, value: number): Buffer {
  const count = request.readUInt16BE(4)
  const isBits = (request[1] ?? 0) <= 2
  const data = Buffer.alloc(isBits ? Math.ceil(count / 8) : count * 2)
  if (isBits) data.fill(value & 0xff)
  else for (let index = 0; index < count; index += 1) data.writeInt16BE(value, index * 2)
  return Buffer.concat([request.subarray(0, 2), Buffer.from([data.length]), data])
}

function exceptionBody(request: Buffer): Buffer {
  return Buffer.from([request[0] ?? 0, (request[1] ?? 0) | 0x80, 2])
}

export const rtuPeer: PeerProtocol = {
  next: (received) =>
    received.length < 8 ? undefined : { request: received.subarray(0, 8), rest: received.subarray(8) },
  answer: (request, value) => withCrc(replyBody(request, value)),
  refuse: (request) => withCrc(exceptionBody(request)),
  spoil: (answer) => Buffer.concat([answer.subarray(0, -1), Buffer.from([(answer.at(-1) ?? 0) ^ 0xff])]),
  malformed: Buffer.from('00ff13', 'hex'),
}

function mbap(request: Buffer, body: Buffer): Buffer {
  const header = Buffer.from(request.subarray(0, 6))
  header.writeUInt16BE(body.length, 4)
  return Buffer.concat([header, body])
}

export const mbapPeer: PeerProtocol = {
  next: (received) =>
    received.length < 12 ? undefined : { request: received.subarray(0, 12), rest: received.subarray(12) },
  answer: (request, value) => mbap(request, replyBody(request.subarray(6), value)),
  refuse: (request) => mbap(request, exceptionBody(request.subarray(6))),
  spoil: (answer) => answer,
  malformed: Buffer.from('474554202f20485454502f312e310d0a0d0a', 'hex'),
}
