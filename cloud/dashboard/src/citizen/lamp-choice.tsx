// The street lights of the city's list that stand next to the place: whoever knows which one it is, taps it.
import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { distanceOf } from './distance.ts'
import { change } from './citizen.ts'
import type { Draft } from './draft.ts'
import { fetchAbout, fetchPlaces, type ListedPlace } from './hub.ts'
import { say } from './text/say.ts'

const mostLamps = 4
const farM = 150

/** Nothing where the city publishes no such list, or there is no network. */
async function fetchLamps(): Promise<readonly ListedPlace[]> {
  const { lists } = await fetchAbout()
  const list = lists.find(({ kind }) => kind === 'streetlight')
  return list === undefined ? [] : await fetchPlaces(list)
}

export function LampChoice({ written: { position, lamp } }: { readonly written: Draft }) {
  const lamps = useSignal<readonly ListedPlace[]>([])
  useEffect(() => {
    void fetchLamps().then(
      (found) => (lamps.value = found),
      () => undefined,
    )
  }, [])
  if (position === undefined) return null
  const near = lamps.value
    .flatMap(({ id, name, position: at }) => (at === undefined ? [] : [{ id, name, at, m: distanceOf(position, at) }]))
    .filter(({ m }) => m <= farM)
    .toSorted((a, b) => a.m - b.m)
    .slice(0, mostLamps)
  if (near.length === 0) return null
  return (
    <fieldset class="lamps">
      <legend>{say('lamp.which')}</legend>
      {near.map(({ id, name, at, m }) => (
        <button
          key={id}
          type="button"
          class="button button-quiet"
          aria-pressed={lamp?.id === id}
          onClick={() => void change({ position: at, lamp: { id, name } })}
        >
          <span>
            {name} <small>{say('lamp.away', { n: Math.round(m) })}</small>
          </span>
        </button>
      ))}
    </fieldset>
  )
}
