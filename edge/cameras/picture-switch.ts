// Which pictures of an inspection leave the gateway: never more than its configuration allows, and less where somebody says so from afar.
import { mkdir, open, readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError } from '../../broker/contract/app-error.ts'
import type { CommandDocument } from '../../broker/contract/command.ts'
import type { CommandOutcome } from '../commands/commands.ts'
import type { InspectionConfig, PictureChoice } from './camera-config.ts'

const choices: readonly PictureChoice[] = ['none', 'over', 'all']

export interface PictureSwitch {
  /** What leaves now. */
  now(inspection: string): PictureChoice
  /** The command `pictures`: { inspection, pictures }. */
  command(given: CommandDocument['arguments']): Promise<CommandOutcome>
}

/** What was said from afar is kept in `file`; it can only take away from what is configured. */
export async function openPictureSwitch(
  dataFolder: string,
  inspections: readonly Pick<InspectionConfig, 'id' | 'pictures'>[],
  onChange: () => void,
): Promise<PictureSwitch> {
  const file = join(dataFolder, 'pictures.json')
  const text = await readFile(file, 'utf8').catch(() => undefined)
  const said = new Map<string, PictureChoice>(text === undefined ? [] : (JSON.parse(text) as [string, PictureChoice][]))
  const most = new Map(inspections.map(({ id, pictures }) => [id, pictures]))
  const now = (inspection: string): PictureChoice =>
    lesser(most.get(inspection) ?? 'none', said.get(inspection) ?? 'all')
  return {
    now,
    async command({ inspection, pictures }) {
      const wanted = choices.find((choice) => choice === pictures)
      const id = String(inspection)
      const allowed = most.get(id)
      if (wanted === undefined || allowed === undefined) {
        throw new AppError('payload.schema', `pictures needs inspection and pictures: ${choices.join(', ')}`)
      }
      if (lesser(wanted, allowed) !== wanted) {
        const message = `the configuration of the gateway lets "${allowed}" of the pictures of ${id} leave, and no more`
        return { state: 'refused', code: 'command.unavailable', message }
      }
      said.set(id, wanted)
      await write(dataFolder, file, [...said])
      onChange()
      return { state: 'done', message: wanted }
    },
  }
}

function lesser(one: PictureChoice, other: PictureChoice): PictureChoice {
  return choices.indexOf(one) < choices.indexOf(other) ? one : other
}

/** Whole or as before, whenever the power goes. */
async function write(folder: string, path: string, said: readonly (readonly [string, PictureChoice])[]): Promise<void> {
  try {
    await mkdir(folder, { recursive: true })
    const file = await open(`${path}.part`, 'w')
    try {
      await file.writeFile(JSON.stringify(said))
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(`${path}.part`, path)
  } catch (cause) {
    throw new AppError('store.unavailable', `${path} cannot be written`, { cause })
  }
}
