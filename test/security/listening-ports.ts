// Which sockets of a process and its children wait for strangers, read from /proc as a port scan would find them.
import { readdir, readFile, readlink } from 'node:fs/promises'

export interface Listening {
  readonly protocol: 'tcp' | 'udp'
  readonly address: string
  readonly port: number
}

/** The process and whatever it has started, to any depth. */
export async function familyOf(pid: number): Promise<readonly number[]> {
  const tasks = await readdir(`/proc/${pid}/task`).catch(() => [])
  const children = await Promise.all(
    tasks.map((task) => readFile(`/proc/${pid}/task/${task}/children`, 'utf8').catch(() => '')),
  )
  const pids = children.flatMap((text) => text.trim().split(' ').filter(Boolean).map(Number))
  return [pid, ...(await Promise.all(pids.map(familyOf))).flat()]
}

/** TCP sockets that listen, and UDP sockets without a peer, which take datagrams from anybody. */
export async function listeningOf(pid: number): Promise<readonly Listening[]> {
  const inodes = new Set((await Promise.all((await familyOf(pid)).map(socketsOf))).flat())
  const found = await Promise.all(
    (['tcp', 'tcp6', 'udp', 'udp6'] as const).map(async (table) => {
      const lines = (await readFile(`/proc/${pid}/net/${table}`, 'utf8')).trim().split('\n').slice(1)
      return lines.flatMap((line) => {
        const [, local = '', remote = '', state, , , , , , inode = ''] = line.trim().split(/\s+/)
        const waits = table.startsWith('tcp') ? state === '0A' : remote.endsWith(':0000')
        if (!waits || !inodes.has(inode)) return []
        const [address = '', port = ''] = local.split(':')
        const protocol = table.startsWith('tcp') ? ('tcp' as const) : ('udp' as const)
        return [{ protocol, address: readable(address), port: Number.parseInt(port, 16) }]
      })
    }),
  )
  return found.flat()
}

async function socketsOf(pid: number): Promise<readonly string[]> {
  const folder = `/proc/${pid}/fd`
  const links = await Promise.all(
    (await readdir(folder).catch(() => [])).map((fd) => readlink(`${folder}/${fd}`).catch(() => '')),
  )
  return links.flatMap((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1] ?? [])
}

/** Little-endian words in hexadecimal, as the kernel prints them. */
function readable(hex: string): string {
  const bytes = (hex.match(/.{8}/g) ?? []).flatMap((word) => [...Buffer.from(word, 'hex')].toReversed())
  if (bytes.length === 4) return bytes.join('.')
  const isV4 = bytes.slice(0, 10).every((byte) => byte === 0) && bytes[10] === 0xff
  return isV4 ? bytes.slice(12).join('.') : bytes.map((byte) => byte.toString(16).padStart(2, '0')).join('')
}
