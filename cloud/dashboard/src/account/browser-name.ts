// What people call the browser and machine that a User-Agent line speaks of.

/** The first that fits: later names stand in the lines of others too. */
const browsers = [
  ['Edg/', 'Edge'],
  ['OPR/', 'Opera'],
  ['SamsungBrowser/', 'Samsung Internet'],
  ['Firefox/', 'Firefox'],
  ['CriOS/', 'Chrome'],
  ['Chrome/', 'Chrome'],
  ['Safari/', 'Safari'],
] as const
const machines = [
  ['iPhone', 'iPhone'],
  ['iPad', 'iPad'],
  ['Android', 'Android'],
  ['Windows', 'Windows'],
  ['Mac OS X', 'Mac'],
  ['CrOS', 'Chromebook'],
  ['Linux', 'Linux'],
] as const

/** `Chrome (Android)`; undefined for a program or an unknown browser. */
export function browserOf(agent: string): string | undefined {
  const browser = browsers.find(([mark]) => agent.includes(mark))?.[1]
  const machine = machines.find(([mark]) => agent.includes(mark))?.[1]
  if (browser === undefined) return undefined
  return machine === undefined ? browser : `${browser} (${machine})`
}
