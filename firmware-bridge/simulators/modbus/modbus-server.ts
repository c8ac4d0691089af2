// Simulated Modbus devices on a wire: Modbus TCP, RTU over TCP, or RTU on a serial port.
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { SerialPort } from 'serialport'
import type { Clock, Timer } from '../../../broker/contract/ports.ts'
import { createMisbehaviours, spoil, type Misbehaviours } from './misbehaviour.ts'
import { createRtuDeframer, createTcpDeframer, type Deframer, type FramedRequest } from './modbus-framing.ts'
import { answerPdu, exceptionPdu, modbusExceptions, type ModbusSlave } from './modbus-slave.ts'

/** Devices by unit id (1 … 247). */
type ModbusSlaves = ReadonlyMap<number, ModbusSlave>

export interface ModbusServer {
  /** The port that was bound; 0 for a serial line. */
  readonly port: number
  readonly misbehave: Misbehaviours
  /** Requests heard so far, those left unanswered included. */
  requests(): number
  close(): Promise<void>
}

export interface ModbusServerOptions {
  readonly slaves: ModbusSlaves
  readonly clock: Clock
}

/** `tcp` is Modbus TCP; `rtu-tcp` is RTU frames on a TCP stream, as serial device servers give. Loopback only; port 0 for any. */
export async function serveModbusTcp(
  options: ModbusServerOptions & { readonly framing: 'tcp' | 'rtu-tcp'; readonly port: number },
): Promise<ModbusServer> {
  const bus = createBus(options)
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    // A client that goes away in the middle of a frame is everyday life on a bus.
    socket.on('error', () => socket.destroy())
    socket.setNoDelay(true)
    const tcp = options.framing === 'tcp'
    attach(bus, socket, tcp ? createTcpDeframer() : createRtuDeframer(), tcp)
  })
  await listen(server, options.port)
  return {
    port: (server.address() as AddressInfo).port,
    misbehave: bus.misbehave,
    requests: () => bus.requests,
    async close() {
      bus.cancelTimers()
      for (const socket of sockets) socket.destroy()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}

/** RTU on a serial port (or pseudo terminal) at `path`; `baudRate` as the devices are set. */
export async function serveModbusSerial(
  options: ModbusServerOptions & { readonly path: string; readonly baudRate: number },
): Promise<ModbusServer> {
  const bus = createBus(options)
  const port = await openSerialPort(options.path, options.baudRate)
  attach(bus, port, createRtuDeframer(), false)
  return {
    port: 0,
    misbehave: bus.misbehave,
    requests: () => bus.requests,
    async close() {
      bus.cancelTimers()
      await closeSerialPort(port)
    },
  }
}

interface Bus {
  readonly slaves: ModbusSlaves
  readonly misbehave: Misbehaviours
  requests: number
  after(delayMs: number, action: () => void): void
  cancelTimers(): void
}

function createBus({ slaves, clock }: ModbusServerOptions): Bus {
  const timers = new Set<Timer>()
  return {
    slaves,
    misbehave: createMisbehaviours(),
    requests: 0,
    after(delayMs, action) {
      const timer = clock.setTimer(() => {
        timers.delete(timer)
        action()
      }, delayMs)
      timers.add(timer)
    },
    cancelTimers() {
      for (const timer of timers) timer.cancel()
      timers.clear()
    },
  }
}

function attach(bus: Bus, line: Duplex, deframe: Deframer, isGateway: boolean): void {
  line.on('data', (bytes: Buffer) => {
    for (const request of deframe(bytes)) {
      bus.requests += 1
      answer(bus, line, request, isGateway)
    }
  })
}

/** On a serial bus nobody speaks for an absent unit; a TCP gateway answers "target failed to respond" for it. */
function answer(bus: Bus, line: Duplex, request: FramedRequest, isGateway: boolean): void {
  const misbehaviour = bus.misbehave.next(request.unitId)
  if (misbehaviour?.kind === 'silence') return
  const slave = bus.slaves.get(request.unitId)
  if (slave === undefined && !isGateway) return
  const pdu =
    slave === undefined
      ? exceptionPdu(request.pdu[0] ?? 0, modbusExceptions.gatewayTargetFailed)
      : answerPdu(slave, request.pdu)
  const reply = spoil(misbehaviour, pdu, request.frame, request.breakCheck)
  if (reply.delayMs === 0) line.write(reply.bytes)
  else bus.after(reply.delayMs, () => line.writable && line.write(reply.bytes))
}

/** Resolves when bound on loopback; rejects with the socket's own error. */
export async function listen(server: Server, port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject)
      resolve()
    })
  })
}

export async function openSerialPort(path: string, baudRate: number): Promise<SerialPort> {
  return await new Promise((resolve, reject) => {
    const port = new SerialPort({ path, baudRate }, (error) => (error === null ? resolve(port) : reject(error)))
  })
}

export async function closeSerialPort(port: SerialPort): Promise<void> {
  if (!port.isOpen) return
  await new Promise<void>((resolve) => port.close(() => resolve()))
}
