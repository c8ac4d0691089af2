// What a person can set for the demo, read from the environment once and checked.
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { AppError } from '../../broker/contract/app-error.ts'

export interface DemoOptions {
  readonly httpPort: number
  readonly mqttPort: number
  readonly mqttsPort: number
  readonly httpsPort: number
  readonly estPort: number
  /** Absolute path of the data folder. */
  readonly dataFolder: string
  /** Simulated seconds per wall second, ≥ 1. */
  readonly timeLapse: number
  /** Whether faults happen by themselves, beside those by key press. */
  readonly scheduledFaults: boolean
  /** Days before the first start that the field is made to have measured. */
  readonly historyDays: number
  /** File that says how people are told of alarms. */
  readonly notifications: string
}

const ownNotifications = fileURLToPath(new URL('notifications.yaml', import.meta.url))

type Environment = Readonly<Record<string, string | undefined>>

/** Throws `config.invalid` that names every variable that is wrong, with an example. */
export function readDemoOptions(environment: Environment, folder: string): DemoOptions {
  const faults: string[] = []
  const number = (name: string, fallback: number, minimum: number, maximum: number, whole: boolean): number => {
    const text = environment[name]
    if (text === undefined || text === '') return fallback
    const value = Number(text)
    if (value >= minimum && value <= maximum && (!whole || Number.isInteger(value))) return value
    faults.push(`${name}="${text}" must be a number from ${minimum} to ${maximum}, for example ${name}=${fallback}`)
    return fallback
  }
  const faultsWord = environment['MUSUBI_FAULTS'] ?? 'on'
  if (faultsWord !== 'on' && faultsWord !== 'off') faults.push(`MUSUBI_FAULTS="${faultsWord}" must be on or off`)
  const options = {
    httpPort: number('MUSUBI_HTTP_PORT', 8080, 0, 65_535, true),
    mqttPort: number('MUSUBI_MQTT_PORT', 1883, 0, 65_535, true),
    mqttsPort: number('MUSUBI_MQTTS_PORT', 8883, 0, 65_535, true),
    httpsPort: number('MUSUBI_HTTPS_PORT', 8443, 0, 65_535, true),
    estPort: number('MUSUBI_EST_PORT', 8444, 0, 65_535, true),
    dataFolder: resolve(folder, environment['MUSUBI_DATA'] || 'data'),
    timeLapse: number('MUSUBI_TIME_LAPSE', 1, 1, 86_400, false),
    scheduledFaults: faultsWord === 'on',
    historyDays: number('MUSUBI_HISTORY_DAYS', 37, 0, 400, true),
    notifications: resolve(folder, environment['MUSUBI_NOTIFICATIONS'] || ownNotifications),
  }
  if (faults.length > 0) throw new AppError('config.invalid', faults.join('; '))
  return options
}
