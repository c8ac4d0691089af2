// The two ways to reach a bus, TCP and serial.
import { connect as connectSocket } from 'node:net'
import { AppError } from '../../broker/contract/app-error.ts'
import type { Clock } from '../../broker/contract/ports.ts'
import type { Endpoint } from './byte-link.ts'
import type { SerialSettings, TcpSettings } from './connection-settings.ts'

const connectLimitMs = 5000
const keepAliveMs = 30_000

export function tcpEndpoint({ host, port }: TcpSettings, clock: Clock): Endpoint {
  const name = `tcp ${host}:${port}`
  return {
    name,
    open: (signal) =>
      new Promise((resolve, reject) => {
        const socket = connectSocket({ host, port, noDelay: true, keepAlive: true, keepAliveInitialDelay: keepAliveMs })
        const limit = clock.setTimer(() => fail(new Error(`no connection within ${connectLimitMs} ms`)), connectLimitMs)
        const onAbort = () => fail(new Error('given up'))
        const settle = () => {
          limit.cancel()
          signal.removeEventListener('abort', onAbort)
          socket.off('error', fail)
        }
        const fail = (error: Error) => {
          settle()
          socket.on('error', () => undefined)
          socket.destroy()
          reject(new AppError('driver.connection', `${name}: ${error.message}`, { cause: error }))
        }
        signal.addEventListener('abort', onAbort, { once: true })
        socket.once('error', fail)
        socket.once('connect', () => {
          // On loopback a port that nobody listens on can be given to this very socket, which then talks to itself.
          const isOwnEcho = socket.localPort === socket.remotePort && socket.localAddress === socket.remoteAddress
          if (isOwnEcho) return fail(new Error('nobody listens there'))
          settle()
          const closed = new Promise<void>((done) => socket.once('close', () => done()))
          resolve({
            stream: socket,
            close: () => {
              socket.destroy()
              return closed
            },
          })
        })
      }),
  }
}

export function serialEndpoint(settings: SerialSettings): Endpoint {
  const name = `serial ${settings.path}`
  return {
    name,
    async open() {
      // Loaded only by gateways that have a serial port.
      const { SerialPort } = await import('serialport')
      return new Promise((resolve, reject) => {
        const port = new SerialPort({
          path: settings.path,
          baudRate: settings.baudRate ?? 9600,
          parity: settings.parity ?? 'none',
          dataBits: settings.dataBits ?? 8,
          stopBits: settings.stopBits ?? 1,
          autoOpen: false,
        })
        port.open((error) => {
          if (error !== null) {
            reject(new AppError('driver.connection', `${name}: ${error.message}`, { cause: error }))
            return
          }
          resolve({
            stream: port,
            close: () =>
              new Promise((done) => {
                if (!port.isOpen) done()
                else port.close(() => done())
              }),
          })
        })
      })
    },
  }
}

/** Silence that ends an RTU frame: 3.5 characters of 11 bits, 1.75 ms above 19,200 baud (Modbus over Serial Line V1.02, 2.5.1.1). */
export function frameSilenceMs(baudRate: number): number {
  return baudRate > 19_200 ? 1.75 : (3.5 * 11 * 1000) / baudRate
}
