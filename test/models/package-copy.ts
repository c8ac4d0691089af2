// A copy of a committed package in a temporary folder, signed by a key of the tests, for tests that damage it.
import { createHash, generateKeyPairSync } from 'node:crypto'
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import type { SeriesAnomalyManifest } from '../../models/manifest-series.ts'
import type { Manifest } from '../../models/manifest.ts'
import { isSeriesPackage, type SeriesPackage } from '../../models/model-package.ts'
import { loadPackage } from '../../models/package.ts'
import { packageFolder } from '../../models/package-folder.ts'
import { createTrust, signManifest, type Trust } from '../../models/signature.ts'

const { publicKey: publicKeyPem, privateKey: privateKeyPem } = generateKeyPairSync('ed25519', {
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
})

/** Trusts the key that signs the copies. */
export const copyTrust: Trust = createTrust({ keys: [publicKeyPem] })

export interface PackageCopy<M extends Manifest = SeriesAnomalyManifest> extends Disposable {
  readonly folder: string
  /** The public key of the tests, PEM. */
  readonly keyFile: string
  read(path: string): Buffer
  write(path: string, content: Uint8Array | string): void
  /** Changes the manifest as JSON and signs it again. */
  change(edit: (manifest: M) => void): void
  sign(): void
  /** Writes a file and puts its true size and hash into the manifest, as an author of a wrong package would. */
  publish(path: string, content: Uint8Array | string): void
}

/** `id`: of a package of the project, or a path. */
export function copyPackage<M extends Manifest = SeriesAnomalyManifest>(id: string): PackageCopy<M> {
  const parent = mkdtempSync(join(tmpdir(), 'musubi-model-'))
  const folder = join(parent, basename(id))
  cpSync(packageFolder(id), folder, { recursive: true })
  const read = (path: string): Buffer => readFileSync(join(folder, path))
  const write = (path: string, content: Uint8Array | string): void => writeFileSync(join(folder, path), content)
  const sign = (): void => write('signature.json', signManifest(read('manifest.json'), privateKeyPem))
  const keyFile = join(parent, 'tests.pub')
  writeFileSync(keyFile, publicKeyPem)
  const change = (edit: (manifest: M) => void): void => {
    const manifest = JSON.parse(read('manifest.json').toString()) as M
    edit(manifest)
    write('manifest.json', JSON.stringify(manifest))
    sign()
  }
  sign()
  return {
    folder,
    keyFile,
    sign,
    read,
    write,
    change,
    publish(path, content) {
      write(path, content)
      const bytes = read(path)
      change((manifest) => {
        const file = manifest.files.find((listed) => listed.path === path)
        if (file === undefined) throw new Error(`${path} is not in the manifest`)
        file.bytes = bytes.length
        file.sha256 = createHash('sha256').update(bytes).digest('hex')
      })
    },
    [Symbol.dispose]: () => rmSync(parent, { recursive: true, force: true }),
  }
}

/** A package that scores series; throws for every other one. */
export async function loadSeriesPackage(folder: string, trust: Trust = createTrust()): Promise<SeriesPackage> {
  const model = await loadPackage(folder, trust)
  if (isSeriesPackage(model)) return model
  throw new Error(`${folder} is for ${model.manifest.task}`)
}
