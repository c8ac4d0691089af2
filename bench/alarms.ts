// The alarm engine: 20,000 rules over 10,000 readings a second on one core, beside the bare comparison of the same readings.
import { parseArgs } from 'node:util'
import type { Measured, Size } from './load/alarm-judge.ts'
import { startLoad } from './load/load-process.ts'
import { percentile, printReport } from './report.ts'

const targetMs = 5

export async function run(args: readonly string[]): Promise<void> {
  const text = { type: 'string' } as const
  const { values } = parseArgs({
    args: [...args],
    options: { rules: text, devices: text, rate: text, seconds: text, 'changes-only': { type: 'boolean' } },
  })
  const size = {
    rules: Number(values.rules ?? 20_000),
    devices: Number(values.devices ?? 2_000),
    readingsPerS: Number(values.rate ?? 10_000),
    seconds: Number(values.seconds ?? 30),
    changesOnly: values['changes-only'] ?? false,
  }
  const measure = size.changesOnly ? reportChanges : report
  measure(size, await startLoad<Measured>('alarm-judge.ts', [JSON.stringify(size)]).result)
}

const round = (value: number, digits = 2) => Number(value.toFixed(digits))

const ofChanges = ({ changeMs, changeStopMs }: Measured) => ({
  changeP50Ms: round(percentile(changeMs, 0.5)),
  changeP99Ms: round(percentile(changeMs, 0.99)),
  changeStopMs: round(changeStopMs),
})

const changeRow = ({ changeMs }: Measured) => [
  'one rule saved, in force',
  round(percentile(changeMs, 0.5)),
  round(percentile(changeMs, 0.99)),
  round(percentile(changeMs, 1)),
  '–',
]

const stopRow = ({ changeStopMs }: Measured) => ['longest stop by a change of a rule', '', '', round(changeStopMs), '–']

function reportChanges(size: Size, measured: Measured): void {
  printReport({
    bench: 'alarms',
    figure: `a change of one of ${size.rules} rules`,
    columns: ['ms', 'p50', 'p99', 'max', 'target'],
    rows: [changeRow(measured), stopRow(measured)],
    results: { rules: size.rules, startMs: round(measured.startMs, 0), ...ofChanges(measured) },
  })
}

function report(size: Size, measured: Measured): void {
  const { lateMs, workMs, cpuShare, readings, transitions, startMs, unpacedPerS, barePerS } = measured
  const row = (name: string, times: readonly number[], target: string) => [
    name,
    round(percentile(times, 0.5)),
    round(percentile(times, 0.99)),
    round(percentile(times, 1)),
    target,
  ]
  const p99Ms = percentile(lateMs, 0.99)
  printReport({
    bench: 'alarms',
    figure: `${size.rules} rules × ${size.readingsPerS} readings/s`,
    columns: ['ms for a group of readings', 'p50', 'p99', 'max', 'target'],
    rows: [
      row('from its time to its verdicts', lateMs, `p99 ≤ ${targetMs}`),
      row('the verdicts alone', workMs, `p99 ≤ ${targetMs}`),
      ['CPU of one core', `${round(cpuShare * 100, 1)} %`, '', '', '–'],
      ['readings/s, unpaced', Math.round(unpacedPerS), '', '', '–'],
      ['bare comparison, readings/s', Math.round(barePerS), '', '', 'the limit'],
      ['start: rules read, series matched', round(startMs, 0), '', '', '–'],
      changeRow(measured),
      stopRow(measured),
    ],
    results: {
      rules: size.rules,
      readings,
      changesOfAlarms: transitions,
      p50Ms: round(percentile(lateMs, 0.5), 3),
      p99Ms: round(p99Ms, 3),
      maxMs: round(percentile(lateMs, 1), 3),
      workP99Ms: round(percentile(workMs, 0.99), 3),
      cpuShareOfOneCore: round(cpuShare, 3),
      unpacedPerS: Math.round(unpacedPerS),
      barePerS: Math.round(barePerS),
      timesBare: round(barePerS / unpacedPerS, 1),
      startMs: round(startMs, 0),
      ...ofChanges(measured),
      targetOfVerdicts: percentile(workMs, 0.99) <= targetMs,
      targetOfLateness: p99Ms <= targetMs,
    },
  })
}
