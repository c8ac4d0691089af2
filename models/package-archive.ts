// Unpacks a package from a .tgz into memory, within limits: what an archive says of itself is never believed before it is checked.
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { AppError } from '../broker/contract/app-error.ts'
import { refusal } from './refusal.ts'
import { type TarLimits, TarReader } from './tar-reader.ts'

/** Unpacked. A package of more is no package for a gateway of 1 GB. */
export const packageLimits = { fileBytes: 64 * 2 ** 20, totalBytes: 128 * 2 ** 20, files: 300 } as const

/**
 * The files of a gzipped tar by their paths. Memory: at most `totalBytes` and a chunk, however much the archive would unfold to.
 * Throws `model.invalid` `bad-archive`.
 */
export async function readArchive(
  compressed: NodeJS.ReadableStream,
  limits: TarLimits = packageLimits,
): Promise<ReadonlyMap<string, Uint8Array>> {
  const reader = new TarReader(limits)
  try {
    await pipeline(compressed, createGunzip(), async (chunks: AsyncIterable<Buffer>) => {
      for await (const chunk of chunks) reader.push(chunk)
    })
  } catch (cause) {
    if (cause instanceof AppError) throw cause
    throw refusal('bad-archive', cause instanceof Error ? cause.message : String(cause), cause)
  }
  return reader.end()
}
