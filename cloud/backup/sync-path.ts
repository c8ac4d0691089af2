// What is written stays over a power cut.
import { open } from 'node:fs/promises'

/** A file, or a folder with the names in it. */
export async function syncPath(path: string): Promise<void> {
  const handle = await open(path, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
