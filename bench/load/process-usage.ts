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
