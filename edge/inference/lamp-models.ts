// The configured lighting circuits whose model was accepted, with the models that watch them.
import { packageFolder } from '../../models/package-folder.ts'
import type { CountedRuns } from './counted-runs.ts'
import { createLampCircuits, type LampCircuits, type LampCircuitsOptions } from './lamp-circuits.ts'
import type { LightingCircuit } from './lighting-circuit.ts'
import type { WorkerReady } from './messages.ts'

export interface LampModels {
  readonly models: readonly { readonly id: string; readonly version: string }[]
  readonly circuits: LampCircuits
}

/** Undefined where the worker accepted no model for any of the circuits. */
export function lampModels(
  circuits: readonly LightingCircuit[],
  ready: WorkerReady,
  { runs, ...ports }: Omit<LampCircuitsOptions, 'circuits' | 'run'> & { readonly runs: CountedRuns },
): LampModels | undefined {
  const watched = circuits.flatMap((circuit) => {
    const folder = packageFolder(circuit.package)
    const manifest = ready.models.find((model) => model.folder === folder)?.manifest
    return manifest?.task === 'lamp-fault' ? [{ ...circuit, manifest }] : []
  })
  if (watched.length === 0) return undefined
  const models = new Map(watched.map(({ manifest: { id, version } }) => [id, { id, version }]))
  return {
    models: [...models.values()],
    circuits: createLampCircuits({
      ...ports,
      circuits: watched,
      run: (circuit, rows, count) => runs.run({ folder: packageFolder(circuit.package), rows, count }),
    }),
  }
}
