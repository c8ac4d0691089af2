// The outlines of the simulated fields: rectangles that lie north to south, as consolidated paddies do.

interface Position {
  readonly lat: number
  readonly lon: number
}

export interface FieldArea {
  readonly middle: Position
  /** West to east, metres. */
  readonly widthM: number
  /** South to north, metres. */
  readonly lengthM: number
}

const metresPerDegree = 111_200

/** On a plane that touches the earth at the place: exact to millimetres over a field. */
function displaced({ lat, lon }: Position, eastM: number, northM: number): Position {
  return {
    lat: lat + northM / metresPerDegree,
    lon: lon + eastM / (metresPerDegree * Math.cos((lat * Math.PI) / 180)),
  }
}

/** As gateway.yaml has it: GeoJSON, closed. */
export function areaPolygon({ middle, widthM, lengthM }: FieldArea) {
  const corners = [
    [-1, -1],
    [1, -1],
    [1, 1],
    [-1, 1],
    [-1, -1],
  ].map(([east = 0, north = 0]) => {
    const { lat, lon } = displaced(middle, (east * widthM) / 2, (north * lengthM) / 2)
    return [Number(lon.toFixed(7)), Number(lat.toFixed(7))]
  })
  return { type: 'Polygon', coordinates: [corners] }
}
