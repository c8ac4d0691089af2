// Changes of the disk that are whole or not there at all, made of the single steps of FilePort.
import { dirname } from 'node:path'
import type { FilePort } from './file-port.ts'

/** The file holds these bytes or what it held before, whenever the power goes; when this resolves, these. */
export async function replaceFile(files: FilePort, path: string, bytes: Uint8Array): Promise<void> {
  await files.write(`${path}.new`, bytes)
  await files.syncFile(`${path}.new`)
  await moveTo(files, `${path}.new`, path)
}

/** The content of `from` must be on the medium already. Both in one folder. */
export async function moveTo(files: FilePort, from: string, to: string): Promise<void> {
  await files.rename(from, to)
  await files.syncFolder(dirname(to))
}

/** The folder is there, and stays. */
export async function ensureFolder(files: FilePort, path: string): Promise<void> {
  await files.makeFolder(path)
  await files.syncFolder(dirname(path))
}
