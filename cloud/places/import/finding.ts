// What an import found wrong with a file: one code for each kind of damage, and what became of it.

export const importCodes = {
  'file.cp932': 'the file is in Shift_JIS (CP932), not UTF-8',
  'file.undecodable': 'the file is neither UTF-8 nor Shift_JIS throughout',
  'header.lower': 'lines stand above the headings',
  'header.form': 'a heading differs from the definition in width or spaces',
  'column.nameless': 'a column has no heading',
  'column.unknown': 'the list has no such column',
  'column.twice': 'two columns are for the same',
  'column.missing': 'a mandatory column is not there',
  'row.empty': 'a row is empty',
  'row.cells': 'a row has more cells than there are headings',
  'row.duplicate': 'a row stands twice',
  'name.missing': 'a row has no name',
  'value.missing': 'a mandatory value is not there',
  'value.filled': 'an empty cell got the code or name of the publisher',
  'id.missing': 'a row has no ID; one was made of its name and address',
  'id.invalid': 'an ID is not half-width letters and digits',
  'id.duplicate': 'another row has this ID',
  'text.space': 'spaces stood around a value',
  'text.control': 'line breaks or invisible characters stood in a value',
  'text.decomposed': 'sound marks stood apart from their kana',
  'text.formula-quote': 'a value was written as ="…"',
  'text.formula': 'a spreadsheet would take the value for a formula',
  'text.undecodable': 'characters could not be read',
  'text.long': 'a value is too long',
  'cell.error': 'a cell holds an error of a spreadsheet',
  'number.full-width': 'digits were full-width',
  'number.form': 'a number was written with separators, a unit or a decimal',
  'number.scientific': 'a spreadsheet has cut a long number',
  'number.invalid': 'this is no number',
  'code.leading-zero': 'a code had lost its leading zero',
  'code.check-digit-missing': 'a code had lost its check digit',
  'code.ambiguous': 'a code has lost a digit, and two are possible',
  'code.wrong': 'a code does not fit its check digit',
  'code.other': 'a code is that of another local government',
  'coordinates.form': 'coordinates were in degrees, minutes and seconds, or with signs',
  'coordinates.swapped': 'latitude and longitude were swapped',
  'coordinates.half': 'one of latitude and longitude is missing',
  'coordinates.outside': 'coordinates lie outside of Japan',
  'coordinates.invalid': 'coordinates cannot be understood',
  'flag.form': 'a mark was not 1',
  'flag.invalid': 'this is neither yes nor no',
  'time.form': 'a time was not hh:mm',
  'time.invalid': 'this is no time',
  'date.form': 'a date was not YYYY-MM-DD',
  'date.invalid': 'this is no date',
  'list.form': 'a list was not separated by ;',
  'kana.form': 'a reading was in hiragana or half-width kana',
  'phone.leading-zero': 'a telephone number had lost its leading zero',
  'phone.form': 'a telephone number was not separated by -',
  'phone.invalid': 'this is no telephone number',
  'postcode.leading-zero': 'a postcode had lost its leading zeros',
  'postcode.invalid': 'this is no postcode',
  'town-id.leading-zero': 'a 町字ID had lost its leading zeros',
  'town-id.invalid': 'this is no 町字ID',
  'url.invalid': 'this is no address of the web',
} as const
export type ImportCode = keyof typeof importCodes

/** `repaired`: taken as `became`; `kept`: taken as it stands; `left-out`: the value, column or row is not taken. */
export type FindingOutcome = 'repaired' | 'kept' | 'left-out'

export interface Finding {
  /** Of the file, from 1; 0: the file as a whole. */
  readonly line: number
  /** As the list calls it; empty where the whole line is meant. */
  readonly column: string
  readonly code: ImportCode
  readonly outcome: FindingOutcome
  readonly was: string
  readonly became: string
}

const longestShown = 100

/** Bound: `most` findings; all are counted by code. Owner: one import. */
export class Findings {
  readonly items: Finding[] = []
  readonly counts = new Map<string, { repaired: number; kept: number; 'left-out': number }>()
  readonly #most: number

  constructor(most: number) {
    this.#most = most
  }

  add(finding: Finding): void {
    const count = this.counts.get(finding.code) ?? { repaired: 0, kept: 0, 'left-out': 0 }
    count[finding.outcome] += 1
    this.counts.set(finding.code, count)
    if (this.items.length < this.#most) {
      this.items.push({ ...finding, was: shortened(finding.was), became: shortened(finding.became) })
    }
  }

  /** How many there were in all. */
  get total(): number {
    let total = 0
    for (const { repaired, kept, 'left-out': leftOut } of this.counts.values()) total += repaired + kept + leftOut
    return total
  }
}

function shortened(text: string): string {
  const shown = Array.from(text.slice(0, 4 * longestShown))
  return shown.length > longestShown ? `${shown.slice(0, longestShown).join('')}…` : shown.join('')
}
