// The Modbus probes that stand in a paddy: their registers, filled from the simulated paddy at each read.
import type { Paddy } from '../nature/paddy.ts'
import { int16Word, sparseTable, type ModbusSlave } from '../modbus/modbus-slave.ts'

export interface ProbeOptions {
  readonly paddy: Paddy
  /** Simulated Unix ms. */
  readonly now: () => number
  readonly unitId: number
}

const unitMillimetresOfWater = 8
const decimals = 1
const baud9600 = 3
const fullScaleMm = 500

/** QDY30A-type level probe with temperature (profile qdy30a-level-temperature): level in tenths of a mmH2O, water temperature in tenths of a degree. */
export function levelProbe({ paddy, now, unitId }: ProbeOptions): ModbusSlave {
  return {
    holding(address, count) {
      const { levelMm, waterTemperatureC } = paddy.readings(now())
      const words = [
        unitId,
        baud9600,
        unitMillimetresOfWater,
        decimals,
        int16Word(levelMm * 10 ** decimals),
        0,
        int16Word(waterTemperatureC * 10),
        fullScaleMm,
      ]
      return sparseTable(new Map(words.entries()))(address, count)
    },
  }
}

/** 4-in-1 soil probe of the SEN0604 family (profile soil-4in1): moisture ×0.1 %, temperature ×0.1 °C, EC µS/cm, pH ×0.1. */
export function soilProbe({ paddy, now, ph }: ProbeOptions & { readonly ph: number }): ModbusSlave {
  return {
    holding(address, count) {
      const { soilMoisture, soilTemperatureC, soilEcUsCm } = paddy.readings(now())
      const words = [
        Math.round(soilMoisture * 1000),
        int16Word(soilTemperatureC * 10),
        Math.round(soilEcUsCm),
        Math.round(ph * 10),
      ]
      return sparseTable(new Map(words.entries()))(address, count)
    },
  }
}
