// Refuses a manifest whose model, outputs or classes lack a Japanese or an English label: a person reads every verdict in one of them.
import type { Manifest } from './manifest.ts'
import { refusal } from './refusal.ts'

/** `value`: the parsed manifest before its schema is checked. Throws `model.invalid` `missing-label`. */
export function checkLabels(value: unknown): void {
  const manifest = recordOf(value)
  requireBoth(manifest['labels'], 'the model')
  for (const output of listOf(manifest['outputs'])) {
    const { name, labels } = recordOf(output)
    if (labels !== undefined) requireBoth(labels, `the output ${String(name)}`)
  }
  for (const holder of [manifest, recordOf(manifest['taught'])]) {
    for (const entry of listOf(holder['classes'])) requireBoth(entry, `the class ${String(recordOf(entry)['id'])}`)
  }
}

/** Every class that an output tells apart has its labels. Throws `missing-label`, or `bad-schema` for a class listed twice. */
export function checkClasses(manifest: Manifest): void {
  const listed = 'classes' in manifest ? manifest.classes : 'taught' in manifest ? (manifest.taught?.classes ?? []) : []
  const ids = new Set(listed.map(({ id }) => id))
  if (ids.size !== listed.length) throw refusal('bad-schema', 'a class is listed twice')
  for (const { name, classes = [] } of 'outputs' in manifest ? manifest.outputs : []) {
    const unknown = classes.find((id) => !ids.has(id))
    if (unknown !== undefined)
      throw refusal('missing-label', `the class ${unknown} of the output ${name} has no labels`)
  }
}

function requireBoth(labels: unknown, of: string): void {
  const given = recordOf(labels)
  for (const language of ['ja', 'en']) {
    const label = given[language]
    if (typeof label !== 'string' || label.trim() === '')
      throw refusal('missing-label', `${of} has no label in ${language}`)
  }
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {}
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}
