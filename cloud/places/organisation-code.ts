// 全国地方公共団体コード with its check digit (JIS X 0402), and what can be made of one that a spreadsheet has damaged.

/** The sixth digit for the first five. */
export function checkDigit(five: string): string {
  const sum = [6, 5, 4, 3, 2].reduce((total, weight, index) => total + weight * Number(five[index]), 0)
  return String((11 - (sum < 11 ? sum : sum % 11)) % 10)
}

/** Six digits, an existing prefecture, and the right check digit. */
export function isOrganisationCode(code: string): boolean {
  return /^\d{6}$/.test(code) && isPlausible(code.slice(0, 5)) && checkDigit(code) === code[5]
}

/** `ok`: it was right; `repaired`: which damage; `ambiguous`, `wrong`: nothing can be made of it. */
export interface CodeRepair {
  readonly code: string
  readonly outcome: 'ok' | 'leading-zero' | 'check-digit-missing' | 'ambiguous' | 'wrong'
}

/** `digits`: half-width. `own`: the code of the publisher, which decides where two are possible. */
export function repairCode(digits: string, own: string): CodeRepair {
  if (isOrganisationCode(digits)) return { code: digits, outcome: 'ok' }
  const possible: CodeRepair[] = []
  const add = (code: string, outcome: CodeRepair['outcome']) => {
    if (isOrganisationCode(code)) possible.push({ code, outcome })
  }
  if (/^\d{5}$/.test(digits)) {
    add(`0${digits}`, 'leading-zero')
    add(digits + checkDigit(digits), 'check-digit-missing')
  }
  if (/^\d{4}$/.test(digits)) add(`0${digits}${checkDigit(`0${digits}`)}`, 'check-digit-missing')
  const [only, other] = possible
  if (only === undefined) return { code: digits, outcome: 'wrong' }
  if (other === undefined) return only
  const ours = possible.filter(({ code }) => code === own)
  return ours[0] ?? { code: digits, outcome: 'ambiguous' }
}

/** Prefectures are 01 to 47; below them 000 is the prefecture itself, and municipalities begin at 100. */
function isPlausible(five: string): boolean {
  const prefecture = Number(five.slice(0, 2))
  const municipality = Number(five.slice(2))
  return prefecture >= 1 && prefecture <= 47 && (municipality === 0 || municipality >= 100)
}
