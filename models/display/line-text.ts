// Reads digits out of the columns of a text recogniser: at each column only a digit, a point, a minus or nothing may stand.

/** What a line says. `confidence`: the least probability of its characters; 0 of an empty line. */
export interface LineText {
  readonly text: string
  readonly confidence: number
}

export interface Alphabet {
  /** Place of each character in a column; 0 is nothing. */
  readonly places: readonly { readonly character: string; readonly index: number }[]
  readonly size: number
}

/** `characters`: those of the recogniser, one a line, without the blank; the graph adds a space at the end. */
export function displayAlphabet(characters: string): Alphabet {
  const lines = characters.split('\n').map((line) => line.replace(/\r$/, ''))
  if (lines.at(-1) === '') lines.pop()
  const places = '0123456789.-'.split('').flatMap((character) => {
    const at = lines.indexOf(character)
    return at < 0 ? [] : [{ character, index: at + 1 }]
  })
  return { places, size: lines.length + 2 }
}

/** Greedy decoding of connectionist temporal classification (Graves et al. 2006): equal neighbours are one, blanks part them. */
export function readLine(columns: Float32Array, alphabet: Alphabet): LineText {
  const { places, size } = alphabet
  let [text, confidence, before] = ['', 1, 0]
  for (let from = 0; from + size <= columns.length; from += size) {
    let best = { character: '', index: 0, probability: columns[from] as number }
    for (const place of places) {
      const probability = columns[from + place.index] as number
      if (probability > best.probability) best = { ...place, probability }
    }
    if (best.index !== 0 && best.index !== before) {
      text += best.character
      confidence = Math.min(confidence, best.probability)
    }
    before = best.index
  }
  return { text, confidence: text === '' ? 0 : confidence }
}
