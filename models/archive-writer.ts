// Packs a package folder into a .tgz, the same bytes for the same files: so that its hash names its content.
import { createReadStream } from 'node:fs'
import { readdir, readFile, stat } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { gzipSync } from 'node:zlib'

const blockBytes = 512

/** The bytes of the archive; those of a file as they are. */
export async function packedPackage(place: string): Promise<Buffer> {
  if (!(await stat(place)).isDirectory()) return buffer(createReadStream(place))
  const entries = await readdir(place, { recursive: true, withFileTypes: true })
  const paths = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name))
  const files = new Map<string, Buffer>()
  for (const path of paths) files.set(relative(place, path).split(sep).join('/'), await readFile(path))
  return packedFiles(files)
}

/** The bytes of an archive of these files, by their paths of at most 100 characters. */
export function packedFiles(files: ReadonlyMap<string, Uint8Array>): Buffer {
  const blocks: Uint8Array[] = []
  for (const path of [...files.keys()].toSorted()) {
    const content = files.get(path) ?? new Uint8Array(0)
    const padding = Buffer.alloc((blockBytes - (content.length % blockBytes)) % blockBytes)
    blocks.push(header(path, content.length), content, padding)
  }
  return gzipSync(Buffer.concat([...blocks, Buffer.alloc(2 * blockBytes)]), { level: 9 })
}

/** IEEE Std 1003.1, ustar. */
function header(path: string, size: number): Buffer {
  const block = Buffer.alloc(blockBytes)
  block.write(path, 0, 100)
  block.write('0000644\0', 100)
  block.write('0000000\0', 108)
  block.write('0000000\0', 116)
  block.write(`${size.toString(8).padStart(11, '0')}\0`, 124)
  block.write('00000000000\0', 136)
  block.write('        ', 148)
  block.write('0', 156)
  block.write('ustar\u000000', 257)
  const sum = block.reduce((total, byte) => total + byte, 0)
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
  return block
}
