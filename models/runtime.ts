// The ONNX Runtime of this machine: which version it is, and whether a package may run on it.
import { env } from 'onnxruntime-node'
import type { GraphManifest } from './manifest.ts'
import { refusal } from './refusal.ts'

/** Version of the ONNX Runtime in use, `major.minor.patch`. */
export function runtimeVersion(): string {
  return env.versions.node ?? env.versions.common
}

/** Throws `model.invalid` `wrong-runtime` when the package needs a newer one. */
export function checkRuntime({ runtime }: Pick<GraphManifest, 'runtime'>): void {
  if (!isOlder(runtimeVersion(), runtime.minimum)) return
  throw refusal('wrong-runtime', `needs ONNX Runtime ${runtime.minimum}, here is ${runtimeVersion()}`)
}

function isOlder(version: string, minimum: string): boolean {
  const parts = (text: string): readonly number[] => text.split('.').map((part) => Number.parseInt(part, 10))
  const [found, wanted] = [parts(version), parts(minimum)]
  for (let index = 0; index < 3; index += 1) {
    const difference = (found[index] ?? 0) - (wanted[index] ?? 0)
    if (difference !== 0) return difference < 0
  }
  return false
}
