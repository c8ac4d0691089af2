// What a process costs, read from /proc: processor time and memory in use.
import { readFile } from 'node:fs/promises'

/** User and system time of all its threads so far, in microseconds: fields 14 and 15 of /proc/PID/stat, in ticks of 10 ms. */
export async function cpuUsOf(pid: number | undefined): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) * 10_000
}

/**
 * A process and all its children, in MB of 2^20 bytes. `rssMb`: the sum of their VmRSS. `unionMb`: the same with the pages of a file
 * (the node binary, libraries) counted once, in the process that has most of them; other programs of the machine do not matter.
 */
export async function familyMbOf(pid: number): Promise<{ readonly rssMb: number; readonly unionMb: number }> {
  const maps = await Promise.all((await familyOf(pid)).map(mapsOf))
  const shared = new Map<string, number>()
  let [rssKb, anonymousKb] = [0, 0]
  for (const { rss, anonymous } of maps.flat()) {
    rssKb += rss
    anonymousKb += anonymous
  }
  for (const files of maps.map(fileKbOf)) {
    for (const [place, kb] of files) shared.set(place, Math.max(kb, shared.get(place) ?? 0))
  }
  const fileKb = [...shared.values()].reduce((sum, kb) => sum + kb, 0)
  return { rssMb: rssKb / 1024, unionMb: (anonymousKb + fileKb) / 1024 }
}

async function familyOf(pid: number): Promise<readonly number[]> {
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '')
  const others = await Promise.all(children.trim().split(' ').filter(Boolean).map(Number).map(familyOf))
  return [pid, ...others.flat()]
}

interface Mapping {
  /** The file and where in it; empty for memory without one. */
  readonly place: string
  readonly rss: number
  readonly anonymous: number
}

function fileKbOf(maps: readonly Mapping[]): ReadonlyMap<string, number> {
  const files = new Map<string, number>()
  for (const { place, rss, anonymous } of maps) files.set(place, (files.get(place) ?? 0) + rss - anonymous)
  return files
}

/** A process that has ended meanwhile has none. */
async function mapsOf(pid: number): Promise<readonly Mapping[]> {
  const smaps = await readFile(`/proc/${pid}/smaps`, 'utf8').catch(() => '')
  const kb = (block: string, name: string): number =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(block)?.[1] ?? 0)
  return smaps.split(/^(?=[0-9a-f]+-[0-9a-f]+ )/m).map((block) => {
    const [, , offset = '', , , ...path] = (block.split('\n')[0] ?? '').split(/\s+/)
    return { place: `${path.join(' ')} ${offset}`, rss: kb(block, 'Rss'), anonymous: kb(block, 'Anonymous') }
  })
}
