// The checker of model packages: its words are whom to trust and their places, its answer what is in each or why it is refused.
import { toAppError } from '../../broker/contract/app-error.ts'
import { loadPackage } from '../../models/package.ts'
import type { Trust } from '../../models/signature.ts'
import { answerParent } from './checker.ts'
import type { CheckedPackage, PackageTrust } from './checked-package.ts'
import { trustOf } from './trust.ts'

await answerParent(async ([trustWord = '{}', ...places]) => {
  const trust = trustOf(JSON.parse(trustWord) as PackageTrust)
  // Each package tells the fault of a key, so that it is logged where a person looks.
  trust.catch(() => undefined)
  return await Promise.all(places.map((place) => checked(place, trust)))
})

async function checked(folder: string, trust: Promise<Trust>): Promise<CheckedPackage> {
  try {
    return { folder, model: await loadPackage(folder, await trust) }
  } catch (thrown) {
    return { folder, refusal: toAppError(thrown, 'model.invalid').message }
  }
}
