// Which attribute of which Smart Data Model a channel is, and how its SenML unit becomes that of the model.

/** model = reading × factor + offset. `code`: UN/CEFACT Recommendation 20; none for plain ratios. */
export interface ModelUnit {
  readonly factor: number
  readonly offset?: number
  readonly code?: string
}

interface ModelAttribute {
  readonly name: string
  /** By SenML unit. A reading in another unit is not this attribute. */
  readonly units: Readonly<Record<string, ModelUnit>>
}

const ratio = { '/': { factor: 1 }, '%': { factor: 0.01 }, '%RH': { factor: 0.01 } } as const
const celsius = { Cel: { factor: 1, code: 'CEL' }, K: { factor: 1, offset: -273.15, code: 'CEL' } } as const
const degrees = { rad: { factor: 180 / Math.PI, code: 'DD' }, deg: { factor: 1, code: 'DD' } } as const
/** A97 is the hectopascal; HPA, which is often seen, is the hectolitre of pure alcohol. */
const hectopascal = { Pa: { factor: 0.01, code: 'A97' }, hPa: { factor: 1, code: 'A97' } } as const
const metres = { m: { factor: 1, code: 'MTR' } } as const

/** WeatherObserved 0.3.4. */
const weather: Readonly<Record<string, ModelAttribute>> = {
  'air-temperature': { name: 'temperature', units: celsius },
  humidity: { name: 'relativeHumidity', units: ratio },
  'relative-humidity': { name: 'relativeHumidity', units: ratio },
  'air-pressure': { name: 'atmosphericPressure', units: hectopascal },
  'wind-speed': { name: 'windSpeed', units: { 'm/s': { factor: 1, code: 'MTS' } } },
  'wind-speed-max': { name: 'gustSpeed', units: { 'm/s': { factor: 1, code: 'MTS' } } },
  'wind-direction': { name: 'windDirection', units: degrees },
  'solar-radiation': { name: 'solarRadiation', units: { 'W/m2': { factor: 1, code: 'D54' } } },
  illuminance: { name: 'illuminance', units: { lx: { factor: 1, code: 'LUX' } } },
  'dew-point': { name: 'dewPoint', units: celsius },
}

/** AgriParcelRecord 0.0.2; it has no level or temperature of water, which are words of our own context. */
const field: Readonly<Record<string, ModelAttribute>> = {
  'soil-temperature': { name: 'soilTemperature', units: celsius },
  'soil-moisture': { name: 'soilMoistureVwc', units: ratio },
  'soil-ec': { name: 'soilMoistureEc', units: { 'S/m': { factor: 1, code: 'D10' } } },
  'water-level': { name: 'waterLevel', units: metres },
  'water-temperature': { name: 'waterTemperature', units: celsius },
}

/** Of sites, by their kind. */
export const siteModels = {
  weather: { type: 'WeatherObserved', attributes: weather },
  paddy: { type: 'AgriParcelRecord', attributes: field },
} as const

/** Units of DeviceMeasurement. */
const unitCodes: Readonly<Record<string, string>> = {
  Cel: 'CEL',
  m: 'MTR',
  'm/s': 'MTS',
  'W/m2': 'D54',
  'S/m': 'D10',
  W: 'WTT',
  kWh: 'KWH',
  V: 'VLT',
  A: 'AMP',
  lx: 'LUX',
  '%': 'P1',
}

export function unitCodeOf(unit: string | undefined): string | undefined {
  return unit === undefined ? undefined : unitCodes[unit]
}

/** Words of the model Device for what a channel measures; the first that fits. */
const controlled: readonly (readonly [RegExp, string])[] = [
  [/soil-moisture/, 'soilMoisture'],
  [/water-level/, 'waterLevel'],
  [/temperature/, 'temperature'],
  [/humidity/, 'humidity'],
  [/rain|precipitation/, 'precipitation'],
  [/wind-speed/, 'windSpeed'],
  [/wind-direction/, 'windDirection'],
  [/solar-radiation/, 'solarRadiation'],
  [/air-pressure/, 'atmosphericPressure'],
  [/soil-ec|conductivity/, 'conductivity'],
  [/energy/, 'energy'],
  [/power/, 'power'],
  [/illuminance/, 'light'],
  [/clients|people/, 'occupancy'],
]

/** Undefined where Device has no word for it. */
export function controlledPropertyOf(channel: string): string | undefined {
  return controlled.find(([pattern]) => pattern.test(channel))?.[1]
}
