// How the curves of a chart are told apart: by colour and by stroke, since colour alone is not seen by everybody.
const curveStyles = [
  { colour: '--chart-1', band: '--chart-band-1', dash: [] },
  { colour: '--chart-2', band: '--chart-band-2', dash: [7, 4] },
  { colour: '--chart-3', band: '--chart-band-3', dash: [2, 3] },
  { colour: '--chart-4', band: '--chart-band-4', dash: [9, 3, 2, 3] },
] as const

export type CurveStyle = (typeof curveStyles)[number]

export function curveStyle(place: number): CurveStyle {
  return curveStyles[place] ?? curveStyles[0]
}
