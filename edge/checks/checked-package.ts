// What the checker of model packages is asked and what it says of each package; no schema is loaded here.
import type { ModelPackage } from '../../models/model-package.ts'
import { askChecker } from './checker.ts'

/** Whose packages are taken besides those of the project's releases. */
export interface PackageTrust {
  /** Absolute paths of Ed25519 public keys, PEM. */
  readonly keyFiles: readonly string[]
  readonly allowUnsigned: boolean
}

export type CheckedPackage =
  | { readonly folder: string; readonly model: ModelPackage }
  | { readonly folder: string; readonly refusal: string }

const checker = new URL('check-packages.ts', import.meta.url)

/** One answer a place (folder or .tgz), in order. Throws AppError `internal` when the checker itself fails. */
export async function checkPackages(
  places: readonly string[],
  trust: PackageTrust,
): Promise<readonly CheckedPackage[]> {
  return askChecker<readonly CheckedPackage[]>(checker, [JSON.stringify(trust), ...places])
}
