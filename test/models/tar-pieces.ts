// Makes tar archives, right ones and those of an attacker, block by block.

export interface TarEntry {
  readonly name: string
  readonly content?: Uint8Array | string
  /** `0` file, `2` symbolic link, `5` folder, `x` extended header… */
  readonly type?: string
  readonly prefix?: string
  readonly linkName?: string
  /** Said in the header instead of the true size. */
  readonly size?: number
  readonly wrongCheckSum?: boolean
}

/** An uncompressed archive: the entries and two empty blocks. */
export function tarOf(entries: readonly TarEntry[]): Buffer {
  return Buffer.concat([...entries.map(entryOf), Buffer.alloc(1024)])
}

function entryOf(entry: TarEntry): Buffer {
  const content = Buffer.from(entry.content ?? '')
  const header = Buffer.alloc(512)
  const octal = (value: number, at: number, length: number): void => {
    header.write(`${value.toString(8).padStart(length - 1, '0')}\0`, at, 'latin1')
  }
  header.write(entry.name, 0, 100, 'latin1')
  octal(0o644, 100, 8)
  octal(0, 108, 8)
  octal(0, 116, 8)
  octal(entry.size ?? content.length, 124, 12)
  octal(1_790_000_000, 136, 12)
  header.write(entry.type ?? '0', 156, 'latin1')
  header.write(entry.linkName ?? '', 157, 100, 'latin1')
  header.write('ustar\u000000', 257, 'latin1')
  header.write(entry.prefix ?? '', 345, 155, 'latin1')
  header.fill(0x20, 148, 156)
  const sum = header.reduce((total, byte) => total + byte, 0) + (entry.wrongCheckSum === true ? 1 : 0)
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1')
  return Buffer.concat([header, content, Buffer.alloc((512 - (content.length % 512)) % 512)])
}

/** One line of an extended header: its length, counted with itself, and what it says. */
export function paxLine(keyword: string, value: string): string {
  const rest = ` ${keyword}=${value}\n`
  let length = rest.length + 1
  while (`${length}${rest}`.length !== length) length = `${length}${rest}`.length
  return `${length}${rest}`
}
