// Reads a tar archive piece by piece and takes only what a package may hold: plain files with plain paths, each once, within limits.
import { refusal } from './refusal.ts'

export interface TarLimits {
  readonly fileBytes: number
  /** Of the whole archive, headers included. */
  readonly totalBytes: number
  readonly files: number
  /** What a path may be; absent: small letters, as packages have them. */
  readonly path?: RegExp
}

const blockBytes = 512
/** Extended headers say times and owners; longer ones say nothing that a package needs. */
const maxExtendedBytes = 8192
const plainPath = /^[a-z0-9][a-z0-9._-]*(\/[a-z0-9][a-z0-9._-]*)*$/
const maxPathLength = 128
const latin = new TextDecoder('latin1')

/** What the bytes after a header are for. */
interface Section {
  readonly kind: 'file' | 'extended' | 'skipped'
  readonly path: string
  readonly content: Uint8Array
  filled: number
  /** Up to the next block. */
  padding: number
}

/**
 * IEEE Std 1003.1, pax: ustar headers, as GNU tar and bsdtar write them too. Links, devices, long-name headers, absolute paths, `..`
 * and second files of a path are refused. A linear amount of work for any input.
 */
export class TarReader {
  readonly #limits: TarLimits
  readonly #files = new Map<string, Uint8Array>()
  readonly #header = new Uint8Array(blockBytes)
  #headerFilled = 0
  #section: Section | undefined
  #entries = 0
  #totalBytes = 0
  #announcedBytes = 0
  #emptyBlocks = 0

  constructor(limits: TarLimits) {
    this.#limits = limits
  }

  /** Throws `model.invalid` `bad-archive`. */
  push(chunk: Uint8Array): void {
    this.#totalBytes += chunk.length
    if (this.#totalBytes > this.#limits.totalBytes)
      throw fault(`it unfolds to more than ${this.#limits.totalBytes} bytes`)
    let at = 0
    while (at < chunk.length) {
      const rest = chunk.subarray(at)
      at += this.#section === undefined ? this.#takeHeader(rest) : this.#takeContent(this.#section, rest)
    }
  }

  /** The files by path. Throws `bad-archive` for an archive that was cut. */
  end(): ReadonlyMap<string, Uint8Array> {
    if (this.#section !== undefined || this.#headerFilled > 0) throw fault('it is cut short')
    if (this.#files.size === 0) throw fault('it holds no file')
    return this.#files
  }

  #takeHeader(bytes: Uint8Array): number {
    const part = bytes.subarray(0, blockBytes - this.#headerFilled)
    this.#header.set(part, this.#headerFilled)
    this.#headerFilled += part.length
    if (this.#headerFilled < blockBytes) return part.length
    this.#headerFilled = 0
    // Two empty blocks end the archive; tar pads it with more of them.
    if (this.#header.every((byte) => byte === 0)) this.#emptyBlocks += 1
    else if (this.#emptyBlocks > 0) throw fault('something follows its end')
    else this.#open(this.#header)
    return part.length
  }

  #open(header: Uint8Array): void {
    this.#entries += 1
    if (this.#entries > 4 * this.#limits.files) throw fault(`it has more than ${4 * this.#limits.files} entries`)
    if (octal(header, 148, 8) !== checkSum(header)) throw fault('the check sum of a header is wrong')
    const size = octal(header, 124, 12)
    if (size > this.#limits.fileBytes)
      throw fault(`an entry has ${size} bytes, at most ${this.#limits.fileBytes} are read`)
    this.#announcedBytes += size
    if (this.#announcedBytes > this.#limits.totalBytes)
      throw fault(`it unfolds to more than ${this.#limits.totalBytes} bytes`)
    const section = this.#sectionOf(header, size)
    if (section.kind === 'file') this.#files.set(section.path, section.content)
    if (size > 0) this.#section = section
  }

  #sectionOf(header: Uint8Array, size: number): Section {
    const type = String.fromCodePoint(header[156] ?? 0)
    const padding = (blockBytes - (size % blockBytes)) % blockBytes
    const path = pathOf(header)
    if (type === 'x' || type === 'g') {
      if (size > maxExtendedBytes) throw fault(`an extended header has ${size} bytes`)
      return { kind: 'extended', path, content: new Uint8Array(size), filled: 0, padding }
    }
    if (type === '5') {
      if (size > 0) throw fault(`the folder ${path} has content`)
      return { kind: 'skipped', path, content: new Uint8Array(0), filled: 0, padding }
    }
    if (type !== '0' && type !== '\0') throw fault(`${path} is no plain file (type ${JSON.stringify(type)})`)
    if (path.length > maxPathLength || !(this.#limits.path ?? plainPath).test(path))
      throw fault(`${JSON.stringify(path)} is no path of a package`)
    if (this.#files.has(path)) throw fault(`${path} is in it twice`)
    if (this.#files.size >= this.#limits.files) throw fault(`it has more than ${this.#limits.files} files`)
    return { kind: 'file', path, content: new Uint8Array(size), filled: 0, padding }
  }

  #takeContent(section: Section, bytes: Uint8Array): number {
    const wanted = section.content.length - section.filled
    const part = bytes.subarray(0, wanted)
    section.content.set(part, section.filled)
    section.filled += part.length
    const skipped = part.length === wanted ? Math.min(section.padding, bytes.length - part.length) : 0
    section.padding -= skipped
    if (section.filled === section.content.length && section.padding === 0) this.#close(section)
    return part.length + skipped
  }

  #close(section: Section): void {
    this.#section = undefined
    if (section.kind !== 'extended') return
    // Such a header may rename or resize what follows: then this reader and another one would see two different packages.
    const keywords = [...latin.decode(section.content).matchAll(/(?:^|\n)[0-9]{1,6} ([^=\n]{1,64})=/g)].map(
      ([, key]) => key,
    )
    const changing = keywords.find((key) => key === 'path' || key === 'size' || key === 'linkpath')
    if (changing !== undefined) throw fault(`an extended header changes the ${changing} of an entry`)
  }
}

function pathOf(header: Uint8Array): string {
  const name = text(header, 0, 100)
  const isUstar = text(header, 257, 6) === 'ustar' && header[263] === 0x30
  const prefix = isUstar ? text(header, 345, 155) : ''
  return (prefix === '' ? name : `${prefix}/${name}`).replace(/^\.\//, '')
}

function text(header: Uint8Array, offset: number, length: number): string {
  const field = header.subarray(offset, offset + length)
  const end = field.indexOf(0)
  return latin.decode(end < 0 ? field : field.subarray(0, end))
}

function octal(header: Uint8Array, offset: number, length: number): number {
  const digits = text(header, offset, length).trim()
  if (!/^[0-7]{1,12}$/.test(digits)) throw fault('a header is malformed')
  return Number.parseInt(digits, 8)
}

/** The sum of all bytes, those of the check sum itself taken as spaces. */
function checkSum(header: Uint8Array): number {
  let sum = 0
  for (let at = 0; at < blockBytes; at += 1) sum += at >= 148 && at < 156 ? 0x20 : (header[at] ?? 0)
  return sum
}

function fault(message: string): Error {
  return refusal('bad-archive', message)
}
