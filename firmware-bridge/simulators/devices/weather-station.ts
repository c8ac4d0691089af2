// A Vaisala WXT530 on a line: answers its ASCII protocol's queries from the simulated weather, or sends by itself.
import type { AddressInfo, Socket } from 'node:net'
import { createServer } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Clock, Timer } from '../../../broker/contract/ports.ts'
import { closeSerialPort, listen, openSerialPort } from '../modbus/modbus-server.ts'
import type { SimulatedClock } from '../nature/simulated-clock.ts'
import { localDayStartMs } from '../nature/sun.ts'
import type { WeatherModel } from '../nature/weather.ts'

export interface WeatherStation {
  /** The TCP port that was bound; 0 on a serial line. */
  readonly port: number
  /** A silent station hears but does not answer or send. */
  setSilent(silent: boolean): void
  close(): Promise<void>
}

export interface WeatherStationOptions {
  readonly weather: WeatherModel
  readonly simulated: SimulatedClock
  readonly clock: Clock
  /** A serial port or pseudo terminal, or a loopback TCP port (0 for any). */
  readonly line: { readonly path: string; readonly baudRate: number } | { readonly port: number }
  /** Sends the composite message by itself this often; undefined: only when asked. */
  readonly autoSendMs?: number
}

/** The device address of a station as delivered. */
const address = '0'
/** A command is a few characters: what is longer is noise. */
const maxCommandCharacters = 64

export async function startWeatherStation(options: WeatherStationOptions): Promise<WeatherStation> {
  const state = { silent: false }
  const lines = new Set<Duplex>()
  const answer = (command: string): string | undefined => (state.silent ? undefined : answerCommand(options, command))
  const attach = (line: Duplex): void => {
    lines.add(line)
    line.on('close', () => lines.delete(line))
    listenForCommands(line, answer)
  }
  const transport =
    'path' in options.line ? await serialTransport(options.line, attach) : await tcpTransport(options.line.port, attach)
  const stopSending = autoSend(options, () => {
    const message = answer(`${address}R0`)
    if (message !== undefined) for (const line of lines) line.write(message)
  })
  return {
    port: transport.port,
    setSilent(silent) {
      state.silent = silent
    },
    async close() {
      stopSending()
      await transport.close()
    },
  }
}

interface Transport {
  readonly port: number
  close(): Promise<void>
}

async function serialTransport(
  line: { readonly path: string; readonly baudRate: number },
  attach: (line: Duplex) => void,
): Promise<Transport> {
  const port = await openSerialPort(line.path, line.baudRate)
  attach(port)
  return { port: 0, close: async () => await closeSerialPort(port) }
}

async function tcpTransport(port: number, attach: (line: Duplex) => void): Promise<Transport> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => socket.destroy())
    attach(socket)
  })
  await listen(server, port)
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      for (const socket of sockets) socket.destroy()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}

function autoSend(options: WeatherStationOptions, send: () => void): () => void {
  const { autoSendMs, clock } = options
  if (autoSendMs === undefined) return () => undefined
  let timer: Timer
  const next = (): void => {
    timer = clock.setTimer(() => {
      send()
      next()
    }, autoSendMs)
  }
  next()
  return () => timer.cancel()
}

function listenForCommands(line: Duplex, answer: (command: string) => string | undefined): void {
  let pending = ''
  line.on('data', (bytes: Buffer) => {
    const parts = (pending + bytes.toString('latin1')).split(/\r\n|\r|\n/)
    pending = (parts.pop() ?? '').slice(-maxCommandCharacters)
    for (const command of parts) {
      const message = command === '' ? undefined : answer(command)
      if (message !== undefined) line.write(message)
    }
  })
}

/** The ASCII protocol of the WXT530 user guide: `?` asks the address, `a` for an acknowledgement, `aR0` … `aR5` for data. */
function answerCommand(options: WeatherStationOptions, command: string): string | undefined {
  if (command === '?' || command === address) return `${address}\r\n`
  if (!command.startsWith(address)) return undefined
  const fields = messageFields(options, command.slice(1))
  return fields === undefined ? `${address}TX,Unknown cmd error\r\n` : `${command},${fields.join(',')}\r\n`
}

function messageFields(options: WeatherStationOptions, message: string): readonly string[] | undefined {
  const nowMs = options.simulated.now()
  switch (message) {
    case 'R0':
      return [
        ...windFields(options.weather, nowMs),
        ...airFields(options.weather, nowMs),
        ...rainFields(options.weather, nowMs),
        ...supervisorFields(options.weather, nowMs),
      ]
    case 'R1':
      return windFields(options.weather, nowMs)
    case 'R2':
      return airFields(options.weather, nowMs)
    case 'R3':
      return rainFields(options.weather, nowMs)
    case 'R5':
      return supervisorFields(options.weather, nowMs)
    default:
      return undefined
  }
}

/** Minimum, mean and maximum over the averaging time of ten seconds; the mean direction by vectors. */
function windFields(weather: WeatherModel, nowMs: number): readonly string[] {
  const samples = Array.from({ length: 10 }, (_, second) => weather.at(nowMs - second * 1000))
  const speeds = samples.map((sample) => sample.windSpeedMps)
  const radians = samples.map((sample) => (sample.windDirectionDeg * Math.PI) / 180)
  const mean = Math.atan2(sum(radians.map((angle) => Math.sin(angle))), sum(radians.map((angle) => Math.cos(angle))))
  const offsets = radians.map((angle) => Math.atan2(Math.sin(angle - mean), Math.cos(angle - mean)))
  const direction = (offset: number): string =>
    String(((Math.round(((mean + offset) * 180) / Math.PI) % 360) + 360) % 360).padStart(3, '0')
  return [
    `Dn=${direction(Math.min(...offsets))}D`,
    `Dm=${direction(0)}D`,
    `Dx=${direction(Math.max(...offsets))}D`,
    `Sn=${Math.min(...speeds).toFixed(1)}M`,
    `Sm=${(sum(speeds) / speeds.length).toFixed(1)}M`,
    `Sx=${Math.max(...speeds).toFixed(1)}M`,
  ]
}

function airFields(weather: WeatherModel, nowMs: number): readonly string[] {
  const { airTemperatureC, relativeHumidity, pressureHPa, solarWm2 } = weather.at(nowMs)
  return [
    `Ta=${airTemperatureC.toFixed(1)}C`,
    `Tp=${(airTemperatureC + 0.1 + solarWm2 / 900).toFixed(1)}C`,
    `Ua=${(100 * relativeHumidity).toFixed(1)}P`,
    `Pa=${pressureHPa.toFixed(1)}H`,
  ]
}

/** Counted from local midnight, when the data logger resets the counters. */
function rainFields(weather: WeatherModel, nowMs: number): readonly string[] {
  const sinceMs = localDayStartMs(nowMs)
  return [
    `Rc=${weather.rainMm(sinceMs, nowMs).toFixed(2)}M`,
    `Rd=${Math.round(weather.rainDurationS(sinceMs, nowMs))}s`,
    `Ri=${weather.at(nowMs).rainMmH.toFixed(1)}M`,
    'Hc=0.0M',
    'Hd=0s',
    'Hi=0.0M',
    `Rp=${weather.rainPeakMmH(sinceMs, nowMs).toFixed(1)}M`,
    'Hp=0.0M',
  ]
}

/** The heating works below 4 °C (letter W); its voltage is then that of the supply. */
function supervisorFields(weather: WeatherModel, nowMs: number): readonly string[] {
  const { airTemperatureC } = weather.at(nowMs)
  const heating = airTemperatureC < 4
  return [
    `Th=${(airTemperatureC + (heating ? 9 : 0.6)).toFixed(1)}C`,
    `Vh=${heating ? '12.0W' : '12.1N'}`,
    'Vs=12.1V',
    'Vr=3.534V',
    'Id=MUSUBI__',
  ]
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
