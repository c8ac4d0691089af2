// From one template to the configuration of each gateway: values are put in, a patch is merged, and every fault of every gateway is told.
import { parseDocument, stringify } from 'yaml'
import { AppError } from '../../broker/contract/app-error.ts'

export interface GatewayOverrides {
  /** For `${name}` in the template. */
  readonly values?: Readonly<Record<string, unknown>>
  /** RFC 7396: what is null goes, lists are replaced. */
  readonly merge?: unknown
}

const placeholder = /\$\{([A-Za-z][A-Za-z0-9_]*)\}/g
const wholePlaceholder = /^\$\{([A-Za-z][A-Za-z0-9_]*)\}$/

/**
 * The YAML of each gateway by its id. A value that stands alone keeps its type, one inside a text becomes text. Throws `config.invalid`
 * with every placeholder that has no value and every value that no placeholder takes.
 */
export function renderTemplate(
  template: string,
  gateways: Readonly<Record<string, GatewayOverrides>>,
): ReadonlyMap<string, string> {
  const document = parseDocument(template)
  const [syntax] = document.errors
  if (syntax !== undefined) throw new AppError('config.invalid', `the template is no YAML: ${syntax.message}`)
  const root: unknown = document.toJS({ maxAliasCount: 100 })
  const faults: string[] = []
  const rendered = new Map<string, string>()
  for (const [id, { values = {}, merge }] of Object.entries(gateways)) {
    const used = new Set<string>()
    const filled = filledIn(root, values, used)
    for (const name of used) if (!Object.hasOwn(values, name)) faults.push(`${id}: \${${name}} has no value`)
    for (const name of Object.keys(values)) if (!used.has(name)) faults.push(`${id}: the template has no \${${name}}`)
    rendered.set(id, stringify(merge === undefined ? filled : merged(filled, merge)))
  }
  if (faults.length > 0) throw new AppError('config.invalid', `the template does not fit:\n  ${faults.join('\n  ')}`)
  return rendered
}

function filledIn(value: unknown, values: Readonly<Record<string, unknown>>, used: Set<string>): unknown {
  if (typeof value === 'string') {
    const name = wholePlaceholder.exec(value)?.[1]
    if (name !== undefined) {
      used.add(name)
      return values[name]
    }
    return value.replaceAll(placeholder, (_, inner: string) => {
      used.add(inner)
      return String(values[inner])
    })
  }
  if (Array.isArray(value)) return value.map((entry: unknown) => filledIn(entry, values, used))
  if (!isMap(value)) return value
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, filledIn(entry, values, used)]))
}

/** RFC 7396, MergePatch. */
function merged(target: unknown, patch: unknown): unknown {
  if (!isMap(patch)) return patch
  const result: Record<string, unknown> = isMap(target) ? { ...target } : {}
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key]
    else result[key] = merged(result[key], value)
  }
  return result
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
