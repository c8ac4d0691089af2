// The offline root of a city: its key lies encrypted in a folder that is kept off the network, and is opened for minutes.
import { createPrivateKey, createPublicKey, KeyObject, X509Certificate } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError } from '../broker/contract/app-error.ts'
import { createRootCertificate } from './ca-certificates.ts'
import { generateKeyPair, type Issuer, keyAlgorithm } from './certificates.ts'
import { publicMode, readIfPresent, secretMode, writeWhole } from './whole-file.ts'

/** OpenSSL derives the key from the passphrase with few rounds (PBKDF2): the passphrase itself must be long. */
const fewestLetters = 12

export interface RootFolder {
  readonly folder: string
  readonly passphrase: string
}

/** Makes key and certificate of a new root. Throws `identity.invalid` where there is one, or where the passphrase is short. */
export async function createRoot({ folder, passphrase }: RootFolder, nowMs: number): Promise<Issuer> {
  if (passphrase.length < fewestLetters) {
    throw new AppError('identity.invalid', `the passphrase of a root has ${fewestLetters} letters or more`)
  }
  const { keyFile, certificateFile } = filesIn(folder)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  if ((await readIfPresent(certificateFile)) !== undefined) {
    throw new AppError('identity.invalid', `${certificateFile} is there already: a root is made once`)
  }
  const keys = await generateKeyPair()
  const certificatePem = await createRootCertificate(keys, nowMs)
  const encrypted = KeyObject.from(keys.privateKey).export({
    type: 'pkcs8',
    format: 'pem',
    cipher: 'aes-256-cbc',
    passphrase,
  })
  await writeWhole(keyFile, encrypted.toString(), secretMode)
  await writeWhole(certificateFile, certificatePem, publicMode)
  return { certificatePem, privateKey: keys.privateKey }
}

/** Opens the root. Throws `identity.invalid`: missing, a wrong passphrase, or a key that is not the certificate's. */
export async function openRoot({ folder, passphrase }: RootFolder): Promise<Issuer> {
  const { keyFile, certificateFile } = filesIn(folder)
  const [keyPem, certificatePem] = await Promise.all([readIfPresent(keyFile), readIfPresent(certificateFile)])
  if (keyPem === undefined || certificatePem === undefined) {
    throw new AppError(
      'identity.invalid',
      `there is no root in ${folder}: root.key.pem and root.cert.pem are looked for`,
    )
  }
  const key = decrypted(keyPem, passphrase, keyFile)
  if (!createPublicKey(key).equals(new X509Certificate(certificatePem).publicKey)) {
    throw new AppError('identity.invalid', `${certificateFile} does not belong to the key beside it`)
  }
  return { certificatePem, privateKey: key.toCryptoKey(keyAlgorithm, false, ['sign']) }
}

function decrypted(keyPem: string, passphrase: string, keyFile: string): KeyObject {
  try {
    return createPrivateKey({ key: keyPem, passphrase })
  } catch {
    // The cause is left out: OpenSSL's message may quote a part of the key.
    throw new AppError('identity.invalid', `${keyFile} cannot be opened with this passphrase`)
  }
}

function filesIn(folder: string) {
  return { keyFile: join(folder, 'root.key.pem'), certificateFile: join(folder, 'root.cert.pem') }
}
