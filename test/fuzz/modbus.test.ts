// Modbus replies that no device sent, through the whole path from the stream to the registers: RTU and TCP.
import { EventEmitter } from 'node:events'
import type { Duplex } from 'node:stream'
import { AppError } from '../../broker/contract/app-error.ts'
import { silentLog, systemClock } from '../../broker/contract/ports.ts'
import { CounterChannels } from '../../firmware-bridge/counter-channel.ts'
import { mbapFraming, type ModbusFraming, rtuFraming, withCrc } from '../../firmware-bridge/drivers/modbus-framing.ts'
import { measureChannels } from '../../firmware-bridge/drivers/modbus-values.ts'
import { type ModbusRequest, ModbusWire } from '../../firmware-bridge/drivers/modbus-wire.ts'
import { loadProfile } from '../../firmware-bridge/profile-loader.ts'
import type { ModbusProfile } from '../../firmware-bridge/profile-schema.ts'
import { describeFuzz } from './parser-fuzz.ts'
import type { Random } from './seeded-random.ts'

const profile = (await loadProfile('soil-4in1')) as ModbusProfile
const request: ModbusRequest = { unitId: 1, table: 'holding', address: 0, count: 4 }
const block = { table: 'holding', address: 0, count: 4 } as const
const memory = { counters: new CounterChannels(), device: 'probe', monotonicMs: 0 }
const timeOut = new AppError('driver.timeout', 'no complete answer in time')

/** A wire whose other end is this test: what it is given arrives, and then the time is over. */
async function fuzzedWire(framing: ModbusFraming) {
  let stream = new EventEmitter()
  let sent: Buffer = Buffer.alloc(12)
  const opened = async () => {
    stream = Object.assign(new EventEmitter(), { write: (bytes: Buffer) => void (sent = bytes) })
    return { stream: stream as unknown as Duplex, close: async () => undefined }
  }
  const endpoint = { name: 'fuzz', open: opened }
  const wire = new ModbusWire({ endpoint, framing, clock: systemClock, log: silentLog, onDiscard: () => undefined })
  wire.open()
  await wire.ready(new AbortController().signal)
  return {
    /** The transaction number of the next request. */
    nextTransaction: () => (framing.type === 'mbap' ? (sent.readUInt16BE(0) + 1) % 0x1_0000 : 0),
    async exchange(reply: Buffer): Promise<void> {
      // A framing that was lost makes the link connect anew.
      await wire.ready(new AbortController().signal)
      const abort = new AbortController()
      const answered = wire.exchange(request, abort.signal)
      stream.emit('data', reply)
      abort.abort(timeOut)
      measureChannels(profile, [{ block, data: await answered }], memory)
    },
  }
}

function replyPdu(random: Random): Buffer {
  return Buffer.concat([Buffer.from('010308', 'hex'), random.bytes(8)])
}

const codes = ['driver.timeout', 'driver.frame', 'driver.crc', 'driver.exception', 'driver.connection'] as const
const tokens = ['0103', '0183', '0108', '018302c0f1', '000000000000', '00000003', 'ffff', '010308'].map((hex) =>
  Buffer.from(hex, 'hex'),
)

const rtu = await fuzzedWire(rtuFraming)
describeFuzz({
  name: 'A Modbus RTU reply',
  codes,
  tokens,
  valid: (random) => withCrc(replyPdu(random)),
  parse: (bytes) => rtu.exchange(bytes),
})

const tcp = await fuzzedWire(mbapFraming)
describeFuzz({
  name: 'A Modbus TCP reply',
  codes,
  tokens,
  isStream: true,
  valid(random) {
    const pdu = replyPdu(random)
    const header = Buffer.from([0, 0, 0, 0, 0, pdu.length])
    header.writeUInt16BE(tcp.nextTransaction(), 0)
    return Buffer.concat([header, pdu])
  },
  parse: (bytes) => tcp.exchange(bytes),
})
