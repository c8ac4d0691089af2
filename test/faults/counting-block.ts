// Modbus devices that answer one read with many unique values: enough readings a second to fill a bound in a test's time.
import type { ModbusSlave } from '../../firmware-bridge/simulators/modbus/modbus-slave.ts'

export const blockChannels = 40
const label = { ja: '計数器', en: 'Counters' }

export interface CountingBlock {
  readonly slave: ModbusSlave
  /** How often it was read: every channel has given 1, 2, … through this. */
  reads(): number
  freeze(): void
  resume(): void
}

export function createCountingBlock(): CountingBlock {
  let reads = 0
  let frozen = false
  return {
    reads: () => reads,
    freeze: () => void (frozen = true),
    resume: () => void (frozen = false),
    slave: {
      input(address, count) {
        if (frozen || address !== 0 || count !== 2 * blockChannels) return undefined
        reads += 1
        return Array.from({ length: blockChannels }, () => [reads >>> 16, reads & 0xffff]).flat()
      },
    },
  }
}

export const blockProfile = {
  id: 'counting-block',
  driver: 'modbus',
  label,
  channels: Array.from({ length: blockChannels }, (_, index) => ({
    id: `count-${index}`,
    label,
    unit: 'count',
    source: { table: 'input', address: 2 * index, type: 'uint32' },
  })),
}

/** Series ids at the hub of `test/{gateway}`, of one device. */
export function blockSeries(gateway: string, device: string): readonly string[] {
  return blockProfile.channels.map(({ id }) => `test/${gateway}/${device}:${id}`)
}
