// Scores as colours that a person reads without a legend: dark violet, red, orange, light yellow, each step equally lighter.

/**
 * Every sixteenth colour of matplotlib's `inferno` (Nathaniel Smith and Stéfan van der Walt, CC0): lightness rises evenly, also for
 * the colour-blind and in print.
 */
const inferno = [
  [0, 0, 4],
  [11, 7, 36],
  [32, 12, 74],
  [57, 9, 98],
  [81, 18, 110],
  [105, 28, 109],
  [128, 37, 104],
  [151, 46, 96],
  [174, 55, 84],
  [195, 66, 69],
  [214, 80, 53],
  [230, 98, 35],
  [242, 120, 14],
  [249, 146, 6],
  [252, 173, 24],
  [247, 202, 66],
  [252, 255, 164],
] as const

/** 256 colours, three bytes each. */
export const heatColours: Uint8Array = Uint8Array.from({ length: 256 * 3 }, (_, index) => {
  const place = (Math.floor(index / 3) / 255) * (inferno.length - 1)
  const from = Math.min(inferno.length - 2, Math.floor(place))
  const channel = index % 3
  const [a, b] = [inferno[from]?.[channel] ?? 0, inferno[from + 1]?.[channel] ?? 0]
  return Math.round(a + (b - a) * (place - from))
})
