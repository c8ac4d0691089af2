// Ties the readings of a series to the life of the component that shows them.
import { useEffect, useMemo } from 'preact/hooks'
import type { City } from '../city/city.ts'
import { followReadings, type Readings, type Span } from './readings.ts'

export function useReadings(city: City, series: string, span: Span): Readings {
  const readings = useMemo(() => followReadings(city, series, span), [city, series, span])
  useEffect(() => () => readings.close(), [readings])
  return readings
}
