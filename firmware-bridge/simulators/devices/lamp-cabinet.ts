// A streetlight cabinet on Modbus: a controller that meters and switches eight lamps, and the energy meter that feeds them.
import { float32Words, type ModbusSlave } from '../modbus/modbus-slave.ts'
import {
  createBurningHours,
  lampAt,
  mainsFrequencyHz,
  supplyVoltageV,
  type LampFault,
  type LampParameters,
} from '../nature/streetlight.ts'
import type { SimulatedClock } from '../nature/simulated-clock.ts'

export interface LampCabinet {
  /** Profile lamp-relay. */
  readonly controller: ModbusSlave
  /** Profile eastron-sdm120. */
  readonly meter: ModbusSlave
  /** Lamps count from 1. After a repair the lamp is tested for some minutes: its relay is held closed. */
  setFault(lamp: number, fault: LampFault | undefined): void
}

export interface LampCabinetOptions {
  readonly seed: number
  readonly id: string
  readonly lamps: readonly LampParameters[]
  readonly clock: SimulatedClock
  /** The instant at which the meter was installed and showed 0 kWh. */
  readonly meterSinceMs: number
}

const testAfterRepairMs = 300_000
const voltageAddress = 0
const powerAddress = 0x10

export function createLampCabinet(options: LampCabinetOptions): LampCabinet {
  const { seed, id, lamps, clock } = options
  const faults = new Map<number, LampFault>()
  const testedUntilMs = new Map<number, number>()
  const isTested = (lamp: number): boolean => clock.wallMs() < (testedUntilMs.get(lamp) ?? 0)
  const voltage = (): number => supplyVoltageV(seed, id, clock.now())
  const readings = (): readonly { readonly relayClosed: boolean; readonly powerW: number }[] =>
    lamps.map((lamp, index) => lampAt(lamp, faults.get(index + 1), clock.now(), voltage(), isTested(index + 1)))
  return {
    controller: {
      input(address, count) {
        return registers(
          address,
          count,
          floats([
            [voltageAddress, voltage()],
            ...readings().map(({ powerW }, index): Float => [powerAddress + 2 * index, powerW]),
          ]),
        )
      },
      coils(address, count) {
        if (address + count > lamps.length) return undefined
        return readings()
          .slice(address, address + count)
          .map(({ relayClosed }) => relayClosed)
      },
    },
    meter: energyMeter(options, voltage, () => readings().reduce((sum, { powerW }) => sum + powerW, 0)),
    setFault(lamp, fault) {
      const isRepair = fault === undefined && faults.get(lamp) !== 'day-burning'
      if (isRepair) testedUntilMs.set(lamp, clock.wallMs() + testAfterRepairMs)
      else testedUntilMs.delete(lamp)
      if (fault === undefined) faults.delete(lamp)
      else faults.set(lamp, fault)
    },
  }
}

/** The controller's own consumption, which the meter sees with the lamps. */
const standbyW = 6.5
const powerFactor = 0.96

/** Eastron SDM120: float32 ABCD input registers; known and unused parameters alike answer up to the last one. */
function energyMeter(options: LampCabinetOptions, voltage: () => number, lampsW: () => number): ModbusSlave {
  const { clock, seed } = options
  const burningHours = createBurningHours(options.meterSinceMs)
  const originMs = clock.now()
  const hoursBefore = burningHours(originMs)
  const ratedKw = options.lamps.reduce((sum, lamp) => sum + lamp.ratedW, 0) / 1000
  const energyKwh = (): number => {
    // Energy runs with the wall clock, as the power shown does, also when simulated time runs faster.
    const burnt = hoursBefore + (burningHours(clock.now()) - hoursBefore) / clock.factor
    const sinceH = (clock.wallMs() - options.meterSinceMs) / 3_600_000
    return burnt * ratedKw + (sinceH * standbyW) / 1000
  }
  return {
    input(address, count) {
      const powerW = lampsW() + standbyW
      const volts = voltage()
      const apparent = powerW / powerFactor
      const energy = energyKwh()
      return registers(
        address,
        count,
        floats([
          [0x0000, volts],
          [0x0006, apparent / volts],
          [0x000c, powerW],
          [0x0012, apparent],
          [0x0018, Math.sqrt(apparent ** 2 - powerW ** 2)],
          [0x001e, powerFactor],
          [0x0046, mainsFrequencyHz(seed, clock.now())],
          [0x0048, energy],
          [0x004a, 0],
          [0x0156, energy],
        ]),
      )
    },
  }
}

type Float = readonly [address: number, value: number]

function floats(values: readonly Float[]): ReadonlyMap<number, number> {
  const words = new Map<number, number>()
  for (const [address, value] of values) {
    const [high, low] = float32Words(value)
    words.set(address, high).set(address + 1, low)
  }
  return words
}

/** Registers between two known parameters read as zero; past the last one there is nothing. */
function registers(address: number, count: number, words: ReadonlyMap<number, number>): readonly number[] | undefined {
  if (address + count > Math.max(...words.keys()) + 1) return undefined
  return Array.from({ length: count }, (_, index) => words.get(address + index) ?? 0)
}
