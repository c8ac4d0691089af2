// The inspection station of the simulated factory: a belt that brings parts, a light barrier, a camera, a gate that sorts them.
import type { Clock, Timer } from '../../../broker/contract/ports.ts'
import { serveSnapshots } from '../devices/snapshot-camera.ts'
import { serveModbusTcp } from '../modbus/modbus-server.ts'
import type { ModbusSlave } from '../modbus/modbus-slave.ts'
import { flangeOf } from './flange.ts'
import { photograph } from './photograph.ts'

/** Loopback ports. */
export interface LinePorts {
  /** HTTP: `/snapshot.jpg`. */
  readonly camera: number
  /** Modbus TCP, unit 1: discrete input 0 is the light barrier, coil 0 the gate that rejects. */
  readonly io: number
}

export interface InspectionLine {
  readonly ports: LinePorts
  /** The belt stands, as when the line is being set up; or runs again. */
  setStopped(stopped: boolean): void
  close(): Promise<void>
}

export interface InspectionLineOptions {
  readonly seed: number
  /** The number of the first part. */
  readonly first: number
  /** From part to part. */
  readonly everyMs: number
  /** Ports of an earlier run, to come back on; undefined: any. */
  readonly ports: LinePorts | undefined
  readonly clock: Clock
}

const lineUnit = 1
/** How long a part interrupts the light barrier: several polls of the gateway. */
const barrierMs = 250

/** Only the part that is asked for is drawn: a line that nobody watches costs nothing. */
export async function startInspectionLine(options: InspectionLineOptions): Promise<InspectionLine> {
  const { seed, everyMs, clock } = options
  let part = flangeOf(seed, options.first)
  let [barrier, rejecting, stopped] = [false, false, false]
  let timer: Timer
  const leaveBarrier = (): void => {
    barrier = false
    timer = clock.setTimer(bringPart, everyMs - barrierMs)
  }
  const bringPart = (): void => {
    if (!stopped) {
      part = flangeOf(seed, part.index + 1)
      barrier = true
    }
    timer = clock.setTimer(leaveBarrier, barrierMs)
  }
  timer = clock.setTimer(bringPart, everyMs)
  const module: ModbusSlave = {
    discrete: (address, count) => (address === 0 && count === 1 ? [barrier] : undefined),
    coils: (address, count) => (address === 0 && count === 1 ? [rejecting] : undefined),
    writeCoil(address, value) {
      if (address !== 0) return false
      rejecting = value
      return true
    },
  }
  const port = options.ports?.io ?? 0
  const io = await serveModbusTcp({ framing: 'tcp', port, slaves: new Map([[lineUnit, module]]), clock })
  const camera = await serveSnapshots(() => photograph(part), options.ports?.camera ?? 0)
  return {
    ports: { camera: camera.port, io: io.port },
    setStopped: (stop) => void (stopped = stop),
    async close() {
      timer.cancel()
      await camera.close()
      await io.close()
    },
  }
}
