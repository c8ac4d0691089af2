// What the checker of model packages says of each.
import type { ModelPackage } from '../../models/model-package.ts'

export type CheckedPackage =
  | { readonly folder: string; readonly model: ModelPackage }
  | { readonly folder: string; readonly refusal: string }
