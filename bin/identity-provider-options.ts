// Reads the settings of the city's identity provider, and the secret that they name.
import { readFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { AppError } from '../broker/contract/app-error.ts'
import { type IdentityProviderSettings, parseIdentityProvider } from '../cloud/people/identity-provider-settings.ts'

/** Nothing without a file. Paths in it begin at its own folder. Throws `config.invalid` with every fault. */
export async function identityProviderOf(file: string): Promise<IdentityProviderSettings | undefined> {
  if (file === '') return undefined
  const text = await readFile(file, 'utf8').catch((thrown: unknown) => {
    throw new AppError('config.invalid', `the settings of the identity provider ${file} cannot be read`, {
      cause: thrown,
    })
  })
  return await parseIdentityProvider(text, file, (path) => readFile(resolve(dirname(file), path), 'utf8'))
}
