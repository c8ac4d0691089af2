// The checker of model packages: its words are their folders, its answer what is in each or why it is refused.
import { toAppError } from '../../broker/contract/app-error.ts'
import { loadPackage } from '../../models/package.ts'
import { answerParent } from './checker.ts'
import type { CheckedPackage } from './checked-package.ts'

await answerParent((folders) => Promise.all(folders.map(checked)))

async function checked(folder: string): Promise<CheckedPackage> {
  try {
    return { folder, model: await loadPackage(folder) }
  } catch (thrown) {
    return { folder, refusal: toAppError(thrown, 'model.invalid').message }
  }
}
