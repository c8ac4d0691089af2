// Writes resources as Turtle and as JSON-LD: the same triples in both.
import { prefixes, type Resource, type Term } from './catalogue.ts'

export function turtleOf(resources: readonly Resource[]): string {
  const head = Object.entries(prefixes).map(([prefix, iri]) => `@prefix ${prefix}: <${iri}> .`)
  const blocks = resources.map(({ iri, type, properties }) => {
    const lines = [`a ${type}`, ...properties.map(([predicate, value]) => `${predicate} ${turtleTerm(value)}`)]
    return `${turtleIri(iri)} ${lines.join(' ;\n  ')} .`
  })
  return `${head.join('\n')}\n\n${blocks.join('\n\n')}\n`
}

function turtleTerm(term: Term): string {
  if ('iri' in term) return turtleIri(term.iri)
  const text = `"${term.text.replaceAll(/["\\\n\r\t]/g, (sign) => escapes[sign] ?? sign)}"`
  if (term.language !== undefined) return `${text}@${term.language}`
  return term.type === undefined ? text : `${text}^^${term.type}`
}

const escapes: Readonly<Record<string, string>> = { '"': '\\"', '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' }

/** What an IRI may not hold is percent-encoded (RFC 3987; Turtle's IRIREF). */
function turtleIri(iri: string): string {
  // oxlint-disable-next-line no-control-regex
  return `<${iri.replaceAll(/[\u0000-\u0020<>"{}|^`\\]/g, (sign) => encodeURIComponent(sign))}>`
}

export function jsonLdOf(resources: readonly Resource[]): object {
  return {
    '@context': prefixes,
    '@graph': resources.map(({ iri, type, properties }) => {
      const node: Record<string, unknown> = { '@id': iri, '@type': type }
      for (const [predicate, value] of properties) {
        const values = (node[predicate] as object[] | undefined) ?? []
        node[predicate] = [...values, jsonLdTerm(value)]
      }
      return node
    }),
  }
}

function jsonLdTerm(term: Term): object {
  if ('iri' in term) return { '@id': term.iri }
  if (term.language !== undefined) return { '@value': term.text, '@language': term.language }
  return term.type === undefined ? { '@value': term.text } : { '@value': term.text, '@type': term.type }
}
