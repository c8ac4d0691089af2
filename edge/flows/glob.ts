// Which series a flow means: globs, matched in time that no glob can drive up, since flows write them.

export const maxGlobLength = 128

/** `*` stands for any run of characters, `?` for one. Steps: at most the product of the two lengths. */
export function matchesGlob(glob: string, name: string): boolean {
  let at = 0
  let place = 0
  /** The last star, and where in the name what it stands for ends. */
  let star = -1
  let taken = 0
  while (place < name.length) {
    if (glob[at] === '*') {
      star = at
      taken = place
      at += 1
    } else if (at < glob.length && (glob[at] === '?' || glob[at] === name[place])) {
      at += 1
      place += 1
    } else if (star >= 0) {
      taken += 1
      place = taken
      at = star + 1
    } else return false
  }
  while (glob[at] === '*') at += 1
  return at === glob.length
}
