// The pictures of the bar below the thumb: simple strokes, told apart by their outline; the word stands beside each.
import type { View } from '../routes.ts'

/** Paths in a square of 24, drawn as strokes of 2. A view without its own has a plain page. */
const paths: Partial<Readonly<Record<View | 'page', string>>> & { readonly page: string } = {
  page: 'M6 3h9l4 4v14H6z M14 3v5h5',
  overview: 'M4 11l8-7 8 7 M6 10v10h12V10 M10 20v-6h4v6',
  farm: 'M12 21V9 M12 14c-4 0-6-2-6-6 4 0 6 2 6 6 M12 11c0-4 2-7 6-7 0 4-2 7-6 7 M3 21h18',
  alarms: 'M6 17V11a6 6 0 0 1 12 0v6l2 2H4z M10 21h4',
  city: 'M3 21h18 M5 21V10h6v11 M11 21V4h8v17 M14 8h2 M14 12h2 M14 16h2 M8 14v.1 M8 17v.1',
  factory: 'M3 21V10l6 4v-4l6 4V3h4v18z M7 18h.1 M11 18h.1 M15 18h.1',
  gateways: 'M5 14h14v6H5z M8 17h1 M12 14V9 M9 7a4 4 0 0 1 6 0 M7 4a7 7 0 0 1 10 0',
}

export function NavIcon({ view }: { readonly view: View }) {
  return (
    <svg class="nav-icon" viewBox="0 0 24 24" width="24" height="24" aria-hidden="true">
      <path d={paths[view] ?? paths.page} />
    </svg>
  )
}
