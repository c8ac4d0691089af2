// Which evaluator belongs to which model: by the id of the package, else by its task. A new one: its line here.
import type { Manifest } from '../manifest.ts'
import type { Evaluator } from './evaluator.ts'

/** Ids of packages and tasks. Each module exports `evaluate`. */
const evaluators: Readonly<Record<string, () => Promise<{ readonly evaluate: Evaluator }>>> = {
  'image-features': () => import('./teach.ts'),
  'display-reading': () => import('./display-reading.ts'),
  'lamp-fault': () => import('./lamp-fault.ts'),
  'lamp-power-anomaly': () => import('./lamp-power.ts'),
  'paddy-canopy': () => import('./paddy-canopy.ts'),
  'series-detector': () => import('./series.ts'),
  'road-damage': () => import('./road-damage.ts'),
  'surface-inspection': () => import('./inspection.ts'),
}

/** Undefined where no evaluator is known. */
export async function evaluatorOf({ id, task }: Pick<Manifest, 'id' | 'task'>): Promise<Evaluator | undefined> {
  const load = [id, task].flatMap((key) => (Object.hasOwn(evaluators, key) ? [evaluators[key]] : [])).at(0)
  return load === undefined ? undefined : (await load()).evaluate
}

/** Ids and tasks that can be evaluated. */
export function evaluated(): readonly string[] {
  return Object.keys(evaluators)
}
