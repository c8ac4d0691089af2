// The label of a gateway as a phone sees it: printed by `musubi claim import`, rendered by poppler, held at an angle.
import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import sharp from 'sharp'
import { decodeQR } from 'qr/decode.js'
import { faceAt, labelPapers } from '../../provisioning/claims/label-papers.ts'

const paper = labelPapers['a4-24']
const dotsPerInch = 200
const millimetresPerInch = 25.4
/** Nobody holds a phone straight, or quite still. */
const heldAtDegrees = 4
const blurPx = 0.8
/** As hard as the field page looks; it has a picture after the other and stops sooner at each (cloud/dashboard/src/field/qr-reader.ts). */
const effort = { timeLimit: 2_000, effort: 3 } as const

export interface LabelOrder {
  /** The `musubi` program. */
  readonly musubi: string
  /** Of the hub. */
  readonly data: string
  /** Host and EST port. */
  readonly hub: string
  readonly tenant: string
  readonly gateways: readonly string[]
  /** Where table, sheet and pictures are written. */
  readonly folder: string
}

/** The pictures of the labels of one sheet, PNG, in the order of the gateways. Debian's poppler-utils must be installed. */
export async function printLabels(order: LabelOrder): Promise<readonly Uint8Array[]> {
  const { musubi, data, hub, tenant, gateways, folder } = order
  const [table, sheet] = [join(folder, 'gateways.csv'), join(folder, 'labels.pdf')]
  const rows = gateways.map((gateway) => `${gateway},${gateway}の盤,paddy`)
  await writeFile(table, `gateway,設置場所,profile\n${rows.join('\n')}\n`)
  const flags = ['--data', data, '--tenant', tenant, '--hub', hub, '--labels', sheet]
  await promisify(execFile)(process.execPath, [musubi, 'claim', 'import', table, ...flags])
  const pictures: Uint8Array[] = []
  for (const index of gateways.keys()) pictures.push(await pictureOf(sheet, index))
  return pictures
}

async function pictureOf(sheet: string, index: number): Promise<Uint8Array> {
  const perPage = paper.columns * paper.rows
  const { xMm, yMm } = faceAt(paper, index % perPage)
  const dots = (mm: number) => String(Math.round((mm * dotsPerInch) / millimetresPerInch))
  const page = String(1 + Math.floor(index / perPage))
  const face = ['-x', dots(xMm), '-y', dots(yMm), '-W', dots(paper.faceWidthMm), '-H', dots(paper.faceHeightMm)]
  const name = `${sheet}-${index}`
  const how = ['-png', '-singlefile', '-r', String(dotsPerInch), '-f', page, '-l', page]
  await promisify(execFile)('pdftoppm', [...how, ...face, sheet, name])
  const printed = sharp(await readFile(`${name}.png`))
  return await printed.rotate(heldAtDegrees, { background: '#d8d4cc' }).blur(blurPx).png().toBuffer()
}

/** The text of the code on a picture, by the library of the field page. Throws where it finds none. */
export async function readLabel(picture: Uint8Array): Promise<string> {
  const { data, info } = await sharp(picture).ensureAlpha().raw().toBuffer({ resolveWithObject: true })
  return decodeQR({ width: info.width, height: info.height, data: Uint8Array.from(data) }, effort)
}
