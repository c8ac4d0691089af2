// Packs the program of a checkout as gateways run it: its sources and what says which libraries it needs, without tests and without libraries.
import { readdir, readFile } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import { AppError } from '../../broker/contract/app-error.ts'
import { packedFiles } from '../../models/archive-writer.ts'

/** What `musubi edge` imports, in itself and in the processes that it starts. */
const folders = ['bin', 'broker', 'edge', 'firmware-bridge', 'models', 'provisioning'] as const
const singleFiles = ['package.json', 'package-lock.json'] as const
/** The model that covers citizens' photos runs at the hub alone. */
const hubModel = /^models\/packages\/photo-privacy\//
const unneeded = [hubModel, /\.test\.ts$/, /^models\/training\//, /(^|\/)[.]/, /(^|\/)node_modules\//]

/** The archive, the same bytes for the same sources, and the version that package.json says. Throws `config.invalid`. */
export async function packedAgent(checkout: string): Promise<{ readonly content: Buffer; readonly version: string }> {
  const files = new Map<string, Buffer>()
  try {
    for (const name of singleFiles) files.set(name, await readFile(join(checkout, name)))
    for (const folder of folders) {
      const entries = await readdir(join(checkout, folder), { recursive: true, withFileTypes: true })
      for (const entry of entries.filter((candidate) => candidate.isFile())) {
        const place = join(entry.parentPath, entry.name)
        const path = relative(checkout, place).split(sep).join('/')
        if (!unneeded.some((pattern) => pattern.test(path))) files.set(path, await readFile(place))
      }
    }
    const { version } = JSON.parse(String(files.get('package.json'))) as { readonly version: string }
    return { content: packedFiles(files), version }
  } catch (cause) {
    throw new AppError('config.invalid', `agent: ${checkout} is no checkout of the program`, { cause })
  }
}
