// The colours of a map, out of the style sheet of the page that it stands in.
import type { MapColours } from './surface.ts'

export function mapColours(element: HTMLElement): MapColours {
  const style = getComputedStyle(element)
  const read = (name: string): string => style.getPropertyValue(name).trim()
  return {
    marks: {
      fills: {
        good: read('--good'),
        warning: read('--warning'),
        critical: read('--critical'),
        offline: read('--offline'),
        info: read('--info'),
      },
      sign: read('--on-mark'),
      halo: read('--surface'),
    },
    sea: read('--map-sea'),
    shallows: read('--map-shallows'),
    land: read('--map-land'),
    coast: read('--map-coast'),
    grid: read('--map-grid'),
    dark: matchMedia('(prefers-color-scheme: dark)').matches,
  }
}
