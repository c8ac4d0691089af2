// NDVI per cell out of the separate images of a multispectral camera.
import type { ImageFacts } from '../../broker/contract/image-schemas.ts'
import type { CoveredCell } from './flight-cover.ts'

/** Name of the layer that a band image fills: `red` or `nir`; undefined for other bands and for colour images. */
export function bandLayer({ band }: Pick<ImageFacts, 'band'>): 'red' | 'nir' | undefined {
  if (band === undefined) return undefined
  const { name, wavelengthNm } = band
  if (wavelengthNm !== undefined) {
    if (wavelengthNm >= 640 && wavelengthNm <= 690) return 'red'
    return wavelengthNm >= 770 && wavelengthNm <= 900 ? 'nir' : undefined
  }
  const plain = name.toLowerCase().replaceAll(/[^a-z]/g, '')
  if (plain === 'red') return 'red'
  return plain === 'nir' || plain === 'nearinfrared' ? 'nir' : undefined
}

/**
 * What a grey value of the image must be multiplied by so that images of different exposure compare: f² / (time · gain), with gain
 * ISO / 100. Undefined where the image does not say its time: its bands cannot be compared.
 */
export function exposureFactor({ exposure }: Pick<ImageFacts, 'exposure'>): number | undefined {
  const { timeS, fNumber = 1, iso = 100 } = exposure ?? {}
  if (timeS === undefined || timeS <= 0 || iso <= 0 || fNumber <= 0) return undefined
  return (fNumber * fNumber) / (timeS * (iso / 100))
}

/**
 * NDVI = (NIR − red) / (NIR + red) (Rouse et al. 1974) of the cell's means, in place of the two bands. Taken per cell and not per pixel
 * because the lenses of such cameras stand apart. Without a reflectance panel it compares places, not days.
 */
export function withNdvi(cell: CoveredCell): CoveredCell {
  const { red, nir, ...values } = cell.values
  if (red === undefined || nir === undefined || red + nir <= 0) return { ...cell, values }
  return { ...cell, values: { ...values, ndvi: (nir - red) / (nir + red) } }
}
