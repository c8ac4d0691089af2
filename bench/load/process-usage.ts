// What a process costs, read from /proc: processor time and memory in use.
import { readFile } from 'node:fs/promises'

/** User and system time of all its threads so far, in microseconds: fields 14 and 15 of /proc/PID/stat, in ticks of 10 ms. */
export async function cpuUsOf(pid: number | undefined): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) * 10_000
}

/** VmRSS in MB of 2^20 bytes. */
export async function rssMbOf(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024
}

/**
 * VmRSS of a process and all its children, and what they hold together when a page that several map counts once (PSS), in MB of
 * 2^20 bytes. A child that ends meanwhile counts nothing.
 */
export async function familyMbOf(pid: number): Promise<{ readonly rssMb: number; readonly pssMb: number }> {
  const own = await memoryMbOf(pid)
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '')
  const others = await Promise.all(children.trim().split(' ').filter(Boolean).map(Number).map(familyMbOf))
  return others.reduce((sum, { rssMb, pssMb }) => ({ rssMb: sum.rssMb + rssMb, pssMb: sum.pssMb + pssMb }), own)
}

async function memoryMbOf(pid: number): Promise<{ readonly rssMb: number; readonly pssMb: number }> {
  const rollup = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8').catch(() => '')
  const mb = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(rollup)?.[1] ?? 0) / 1024
  return { rssMb: mb('Rss'), pssMb: mb('Pss') }
}
