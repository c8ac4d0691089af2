// Reads XML from strangers: no document type, so that no entity can be declared; nothing is fetched; depth and size are bounded.
import { XMLParser, XMLValidator } from 'fast-xml-parser'
import { AppError } from '../../../broker/contract/app-error.ts'

/** Attributes begin with `@`, the text beside them is `#text`; prefixes of names are gone. */
export type XmlNode = string | { readonly [name: string]: XmlNode | readonly XmlNode[] | undefined }

/** Of a feed or message; longer ones are refused before they are read. */
export const maxXmlBytes = 2 * 1024 * 1024
const maxDepth = 40

const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: '@',
  textNodeName: '#text',
  removeNSPrefix: true,
  parseTagValue: false,
  parseAttributeValue: false,
  ignoreDeclaration: true,
  ignorePiTags: true,
  maxNestedTags: maxDepth,
  // The five of XML and numbers: no document can declare others, since one with a document type is refused.
  processEntities: true,
  htmlEntities: true,
})

/** The root element by its name. Throws `bulletin.invalid` for what is no XML, or XML with a document type. */
export function parseXml(bytes: Uint8Array): { readonly name: string; readonly root: XmlNode } {
  if (bytes.byteLength > maxXmlBytes) throw new AppError('limit.exceeded', `XML is at most ${maxXmlBytes} bytes long`)
  const text = decoded(bytes)
  if (hasDocumentType(text)) throw new AppError('bulletin.invalid', 'XML with a document type (DTD) is refused')
  const valid = XMLValidator.validate(text)
  if (valid !== true) throw new AppError('bulletin.invalid', `line ${valid.err.line}: no XML: ${valid.err.msg}`)
  let document: Readonly<Record<string, XmlNode>>
  try {
    document = parser.parse(text) as typeof document
  } catch (cause) {
    throw new AppError('bulletin.invalid', `no XML: ${cause instanceof Error ? cause.message : ''}`, { cause })
  }
  const [name] = Object.keys(document).filter((key) => !key.startsWith('?') && key !== '#text')
  const root = name === undefined ? undefined : document[name]
  if (name === undefined || root === undefined) throw new AppError('bulletin.invalid', 'this is no XML')
  return { name, root }
}

/** By the byte order mark, else the declaration, else UTF-8. Throws `bulletin.invalid`. */
function decoded(bytes: Uint8Array): string {
  const head = new TextDecoder('latin1').decode(bytes.subarray(0, 200))
  const isUtf16 = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)
  const declared = /^(?:\u00ef\u00bb\u00bf)?\s*<\?xml[^>]*\bencoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']/.exec(
    head,
  )?.[1]
  const encoding = isUtf16 ? (bytes[0] === 0xff ? 'utf-16le' : 'utf-16be') : (declared ?? 'utf-8')
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes)
  } catch (cause) {
    throw new AppError('bulletin.invalid', `the text is not in ${encoding}`, { cause })
  }
}

/** Outside of comments and CDATA, where the same letters are text. Linear in the length. */
function hasDocumentType(text: string): boolean {
  let at = 0
  while (at >= 0) {
    const next = text.indexOf('<!', at)
    if (next < 0) return false
    const end = text.startsWith('<!--', next) ? '-->' : text.startsWith('<![CDATA[', next) ? ']]>' : undefined
    if (end === undefined) return true
    const closed = text.indexOf(end, next + 4)
    at = closed < 0 ? -1 : closed + end.length
  }
  return false
}

/** Every child of a name. */
export function childrenOf(node: XmlNode | undefined, name: string): readonly XmlNode[] {
  if (node === undefined || typeof node === 'string') return []
  const found = node[name]
  if (found === undefined) return []
  return isList(found) ? found : [found]
}

export function childOf(node: XmlNode | undefined, name: string): XmlNode | undefined {
  return childrenOf(node, name)[0]
}

/** The text of the first child of a name, trimmed; empty where there is none. */
export function textOf(node: XmlNode | undefined, name: string): string {
  return innerText(childOf(node, name)).trim()
}

export function attributeOf(node: XmlNode | undefined, name: string): string | undefined {
  if (node === undefined || typeof node === 'string') return undefined
  const found = node[`@${name}`]
  return typeof found === 'string' ? found : undefined
}

/** All text within, without attributes. */
export function innerText(node: XmlNode | undefined): string {
  if (node === undefined) return ''
  if (typeof node === 'string') return node
  return Object.entries(node)
    .filter(([name]) => !name.startsWith('@'))
    .flatMap(([, value]) => (value === undefined ? [] : isList(value) ? value : [value]))
    .map(innerText)
    .join('\n')
}

function isList(value: XmlNode | readonly XmlNode[]): value is readonly XmlNode[] {
  return Array.isArray(value)
}
