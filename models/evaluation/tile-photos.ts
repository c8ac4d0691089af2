// The magnetic tiles as the evaluation reads them: photos with their tile, class and where the defect is.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError } from '../../broker/contract/app-error.ts'
import { decodeScaled, type Size } from '../vision/image-decoder.ts'
import { probeImage } from '../vision/image-probe.ts'

/** The folder of each class, in the order of the model's classes. */
const folders = ['Free', 'Blowhole', 'Break', 'Crack', 'Fray', 'Uneven'] as const

export interface TilePhoto {
  readonly file: string
  readonly tile: string
  /** Index of the class; 0 is good. */
  readonly label: number
}

/** The rows of `tiles.csv`. Throws AppError `not-found` where it is not in the folder. */
export async function readTilePhotos(folder: string): Promise<TilePhoto[]> {
  const text = await readFile(join(folder, 'tiles.csv'), 'utf8').catch((cause: unknown) => {
    throw new AppError('not-found', `${folder} has no tiles.csv: the magnetic tiles are not there`, { cause })
  })
  return text
    .trim()
    .split(/\r?\n/)
    .slice(1)
    .map((line) => {
      const [file = '', tile = ''] = line.split(',')
      const label = folders.findIndex((name) => file.startsWith(`${name}/`))
      if (label === -1 || tile === '') throw new AppError('payload.malformed', `tiles.csv: ${line}`)
      return { file, tile, label }
    })
}

/** Of each pixel of the photo stretched to `size`, 1 where the defect is. */
export async function readDefect(folder: string, { file, label }: TilePhoto, size: Size): Promise<Uint8Array> {
  if (label === 0) return new Uint8Array(size.width * size.height)
  const image = await probeImage(await readFile(join(folder, file.replace(/\.jpg$/, '.png'))))
  const { data } = await decodeScaled(image, size, 'area')
  return Uint8Array.from({ length: size.width * size.height }, (_, index) =>
    (data[index * 3] as number) > 127 ? 1 : 0,
  )
}
