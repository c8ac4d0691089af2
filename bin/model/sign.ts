// `musubi model sign`: makes a key pair for packages, and signs a package whose files are what its manifest says.
import { generateKeyPairSync } from 'node:crypto'
import { rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { AppError } from '../../broker/contract/app-error.ts'
import { inspectPackage } from '../../models/package.ts'
import { packageFolder } from '../../models/package-folder.ts'
import { checkSignature, createTrust, keyId, signManifest } from '../../models/signature.ts'
import { type ModelAction, onePackage, readKey, UsageError } from './action.ts'

export const action: ModelAction = {
  usage: `  musubi model sign PACKAGE --key FILE
  musubi model sign [PACKAGE] --new-key FILE
      Writes signature.json of a package folder: Ed25519 over the bytes of its manifest, whose files are checked before.
      --key FILE      the private key, PEM
      --new-key FILE  makes a key pair first: FILE (mode 600, keep it secret) and FILE.pub for the gateways' modelTrust`,
  async run(words) {
    const options = { key: { type: 'string' }, 'new-key': { type: 'string' } } as const
    const { positionals, values } = parseArgs({ args: [...words], allowPositionals: true, options })
    const { key, 'new-key': newKey } = values
    if ((key === undefined) === (newKey === undefined)) throw new UsageError('one of --key and --new-key is needed')
    if (newKey !== undefined) {
      await makeKeyPair(newKey)
      if (positionals.length === 0) return 0
    }
    await signPackage(packageFolder(onePackage(positionals)), await readKey(key ?? newKey ?? ''))
    return 0
  },
}

/** Never writes over a key: packages that it signed would be refused from then on. */
async function makeKeyPair(file: string): Promise<void> {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const write = (path: string, content: string | Buffer, mode: number): Promise<void> =>
    writeFile(path, content, { mode, flag: 'wx' }).catch((cause: unknown) => {
      throw new AppError('config.invalid', `${path} cannot be written, or is there already`, { cause })
    })
  await write(file, privateKey.export({ type: 'pkcs8', format: 'pem' }), 0o600)
  await write(`${file}.pub`, publicKey.export({ type: 'spki', format: 'pem' }), 0o644)
  console.log(`key ${keyId(publicKey)}: ${file} (private), ${file}.pub (public)`)
}

async function signPackage(folder: string, privateKeyPem: string): Promise<void> {
  const { model, bytes } = await inspectPackage(folder)
  const signature = signManifest(bytes, privateKeyPem)
  const path = join(folder, 'signature.json')
  await writeFile(`${path}.part`, signature).catch((cause: unknown) => {
    throw new AppError('config.invalid', `${path} cannot be written; only a folder is signed`, { cause })
  })
  await rename(`${path}.part`, path)
  const { id, version } = model.manifest
  const { keyId: signer } = JSON.parse(signature) as { readonly keyId: string }
  const isTrusted = createTrust().keys.has(signer)
  if (isTrusted) checkSignature(bytes, Buffer.from(signature), createTrust())
  const trusted = isTrusted ? 'the release key' : 'a key that a gateway trusts only where modelTrust names it'
  console.log(`${id} ${version}: signed by ${signer}, ${trusted}`)
}
