// How large a store is on disk, ours and a peer that compacts by itself.
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { isSystemFault } from '../../broker/contract/system-fault.ts'

/** Of all files below, those that vanish meanwhile left out. */
export async function folderBytes(...folders: readonly string[]): Promise<number> {
  let bytes = 0
  for (const folder of folders) {
    for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
      if (entry.isFile()) bytes += await sizeOf(join(entry.parentPath, entry.name))
    }
  }
  return bytes
}

async function sizeOf(file: string): Promise<number> {
  try {
    return (await stat(file)).size
  } catch (error) {
    if (isSystemFault(error, 'ENOENT')) return 0
    throw error
  }
}

/** InfluxDB compacts once writes have stopped for 2 s: its size when it has not changed for 10 s, after 3 minutes at most. */
export async function settledBytes(folders: readonly string[]): Promise<number> {
  const deadline = performance.now() + 180_000
  for (let bytes = await folderBytes(...folders); ;) {
    await new Promise((resolve) => setTimeout(resolve, 10_000))
    const now = await folderBytes(...folders)
    if (now === bytes || performance.now() > deadline) return now
    bytes = now
  }
}
