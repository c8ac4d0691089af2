// The configuration that a gateway runs with, without its secrets, and the secrets themselves: what must not leave the gateway in any text.
import { readSections, type SetConfigPlaces } from '../deployment/set-config.ts'
import { type Masked, masked } from './masked.ts'

/** What cannot be read stays out: what is secret in it cannot be told. */
export async function maskedConfig(places: SetConfigPlaces): Promise<Masked> {
  const sections: unknown = await readSections(places).catch(() => undefined)
  return masked(sections)
}
