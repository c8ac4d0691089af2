// How findings are told: short lines that fit a telephone's terminal, or one JSON object a line.
import type { LocalizedText } from '../broker/contract/documents.ts'
import { checkNames, type Finding } from '../broker/contract/finding.ts'

export type Language = keyof LocalizedText

export interface DoctorReport {
  add(finding: Finding): void
  /** A line that the next one overwrites; nothing where the output is no terminal. */
  readonly progress: (text: string) => void
  /** Prints the sum. True when nothing failed. */
  finish(): boolean
}

interface ReportOptions {
  readonly json: boolean
  readonly language: Language
  /** The output is a terminal. */
  readonly color: boolean
  readonly write: (text: string) => void
}

const marks = { ok: '✔', warn: '!', fail: '✖' } as const
const colors = { ok: 32, warn: 33, fail: 31 } as const
const eraseLine = '\r\u001b[2K'

export function createDoctorReport(options: ReportOptions): DoctorReport {
  const counts = { ok: 0, warn: 0, fail: 0 }
  const { json, language, color, write } = options
  const paint = (state: Finding['state'], text: string): string =>
    color ? `\u001b[${colors[state]}m${text}\u001b[0m` : text
  return {
    add(finding) {
      counts[finding.state] += 1
      if (json) return write(`${JSON.stringify(finding)}\n`)
      const { state, check, subject, seen, advice } = finding
      const name = checkNames[check]?.[language] ?? check
      const head = `${paint(state, marks[state])} ${name}${subject === undefined ? '' : ` ${subject}`}`
      const lines = [head, `  ${seen[language]}`, ...(advice === undefined ? [] : [`  → ${advice[language]}`])]
      write(`${color ? eraseLine : ''}${lines.join('\n')}\n`)
    },
    progress(text) {
      if (color && !json) write(`${eraseLine}  ${text}`)
    },
    finish() {
      const { ok, warn, fail } = counts
      if (!json) {
        const sum = { ja: `正常 ${ok}・注意 ${warn}・異常 ${fail}`, en: `${ok} fine, ${warn} to note, ${fail} wrong` }
        write(`${color ? eraseLine : ''}\n${sum[language]}\n`)
      }
      return fail === 0
    },
  }
}
