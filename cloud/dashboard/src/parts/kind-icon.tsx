// The sign of what a site is: rice, cloud, lamp, radio waves; decoration beside the word.
import type { SiteKind } from '../api/shapes.ts'
import type { TextKey } from '../text/dictionary.ts'

export const kindKeys: Readonly<Record<SiteKind, TextKey>> = {
  paddy: 'kind.paddy',
  weather: 'kind.weather',
  streetlight: 'kind.streetlight',
  wifi: 'kind.wifi',
  factory: 'kind.factory',
  gateway: 'kind.gateway',
  other: 'kind.other',
}

/** Strokes on a 24 × 24 grid. */
export const kindStrokes: Readonly<Record<SiteKind, string>> = {
  paddy:
    'M12 14V4M12 9c-3 0-4.5-1.7-4.5-4.5C10.500 4.500 12 6 12 9zM12 11.500c3 0 4.500-1.700 4.500-4.500C13.500 7 12 8.500 12 11.500zM3 17c1.500-1.300 3-1.300 4.500 0s3 1.300 4.500 0s3-1.300 4.500 0s3 1.300 4.500 0M3 21c1.500-1.300 3-1.300 4.500 0s3 1.300 4.500 0s3-1.300 4.500 0s3 1.300 4.500 0',
  weather: 'M7 18h10a4 4 0 0 0 .6-7.950A6 6 0 0 0 6.100 11.200A3.500 3.500 0 0 0 7 18zM9 21v.8M13 21v.8',
  streetlight: 'M7 22V6a3 3 0 0 1 3-3h6M13 3h6v3h-6zM4 22h6M14 9l-1 3M18 9l1 3M16 9v3.500',
  wifi: 'M2.500 9a14 14 0 0 1 19 0M6 12.700a9 9 0 0 1 12 0M9.200 16.200a4.500 4.500 0 0 1 5.600 0M12 20v.1',
  factory: 'M3 21V10l6 4v-4l6 4V4h5v17zM8 17.500h2M13 17.500h2',
  gateway: 'M4 13h16v7H4zM8 16.500v.1M12 16.500h4M12 13V7M8.500 7.500a5 5 0 0 1 7 0M6 5a8.500 8.500 0 0 1 12 0',
  other: 'M12 21s-7-6-7-11a7 7 0 0 1 14 0c0 5-7 11-7 11zM12 12.500a2.500 2.500 0 1 0 0-5a2.500 2.500 0 0 0 0 5z',
}

export function KindIcon({ kind }: { readonly kind: SiteKind }) {
  return (
    <svg class="kind-icon" width="22" height="22" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={kindStrokes[kind]} />
    </svg>
  )
}
