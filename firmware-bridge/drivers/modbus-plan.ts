// Which requests read all channels of a profile: neighbours joined, within what the device and the protocol give at once.
import type { ModbusProfile, ModbusSource, ModbusTable } from '../profile-schema.ts'

export interface RegisterBlock {
  readonly table: ModbusTable
  readonly address: number
  /** Registers, or bits for coils and discrete inputs. */
  readonly count: number
}

const defaultMaxRegisters = 125
/** Modbus Application Protocol V1.1b3, 6.1: 2000 bits a request. */
const bitsPerRegister = 16

export function sourcesOf(profile: ModbusProfile): readonly ModbusSource[] {
  return profile.channels.flatMap(({ source, decimalsFrom, exponentFrom, unitFrom }) =>
    [source, decimalsFrom, exponentFrom, unitFrom?.source].filter((entry) => entry !== undefined),
  )
}

/** Blocks in ascending order, table by table; every source lies wholly in one of them. */
export function planBlocks(profile: ModbusProfile): readonly RegisterBlock[] {
  const maxRegisters = profile.modbus?.maxRegisters ?? defaultMaxRegisters
  const maxGap = profile.modbus?.maxGap ?? 0
  const ordered = sourcesOf(profile).toSorted((a, b) => a.table.localeCompare(b.table) || a.address - b.address)
  const blocks: RegisterBlock[] = []
  for (const source of ordered) {
    const end = source.address + widthOf(source)
    const last = blocks.at(-1)
    const isBit = source.type === 'bit'
    const limit = isBit ? maxRegisters * bitsPerRegister : maxRegisters
    const gap = isBit ? maxGap * bitsPerRegister : maxGap
    const canJoin =
      last !== undefined &&
      last.table === source.table &&
      source.address <= last.address + last.count + gap &&
      end - last.address <= limit
    if (canJoin) blocks[blocks.length - 1] = { ...last, count: Math.max(last.count, end - last.address) }
    else blocks.push({ table: source.table, address: source.address, count: widthOf(source) })
  }
  return blocks
}

/** Registers (or bits) that a source takes. */
export function widthOf({ type }: ModbusSource): number {
  return type === 'int32' || type === 'uint32' || type === 'float32' ? 2 : 1
}
