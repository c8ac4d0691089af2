// How every benchmark says what it measured: the machine, a table for people, one JSON line for programs.
import { readFileSync } from 'node:fs'
import { availableParallelism, cpus, totalmem, release } from 'node:os'

export interface Machine {
  readonly cpu: string
  readonly cores: number
  readonly memoryGB: number
  readonly os: string
  readonly node: string
}

export interface BenchReport {
  /** The name given to `npm run bench --`. */
  readonly bench: string
  /** The figure of docs/benchmarks.md, such as `S0`. */
  readonly figure: string
  readonly columns: readonly string[]
  readonly rows: readonly (readonly (string | number)[])[]
  /** What counts: measured values and ratios by name, with units in the names. */
  readonly results: Readonly<Record<string, number | string | boolean>>
}

export function describeMachine(): Machine {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryGB: Math.round(totalmem() / 1e9),
    os: `${distribution()}, Linux ${release()}`,
    node: process.version,
  }
}

/** Prints the machine, the table and one line of JSON, in this order. */
export function printReport(report: BenchReport): void {
  const machine = describeMachine()
  const { cpu, cores, memoryGB, os, node } = machine
  console.log(`${report.bench} (${report.figure}) · ${cores} × ${cpu}, ${memoryGB} GB, ${os}, Node ${node}`)
  for (const line of tableLines([report.columns, ...report.rows])) console.log(line)
  console.log(JSON.stringify({ bench: report.bench, figure: report.figure, machine, results: report.results }))
}

/** The middle value; the mean of the two middle ones for an even count. NaN for none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  const upper = sorted[middle] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2
}

/** The value below which `share` (0 … 1) of the values lie; the greatest for 1. NaN for none. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}

function tableLines(rows: readonly (readonly (string | number)[])[]): readonly string[] {
  const texts = rows.map((row) => row.map(String))
  const widths = (texts[0] ?? []).map((_, column) => Math.max(...texts.map((row) => row[column]?.length ?? 0)))
  const lines = texts.map((row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  '),
  )
  const rule = '-'.repeat(lines[0]?.length ?? 0)
  return [lines[0] ?? '', rule, ...lines.slice(1)]
}

function distribution(): string {
  try {
    return /^PRETTY_NAME="(.*)"$/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? 'Linux'
  } catch {
    return 'Linux'
  }
}
