// Shelters, access points and other public places: how full they are, and where they stand.
import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { fetchAbout, fetchPlaces, fetchSpots, type ListedPlace, type PublishedList, type Spot } from '../hub.ts'
import { localized } from '../../phone/language.ts'
import { Page, Shown, useLoaded } from '../page.tsx'
import { type Dot, PlacesMap } from '../places-map.tsx'
import { SpotList } from '../spots.tsx'
import { say } from '../text/say.ts'

const refreshMs = 30_000
const shownKinds = ['shelter', 'wifi', 'facility'] as const
/** A list of a city's street lights is no list to read. */
const mostRows = 200

interface Found {
  readonly spots: readonly Spot[]
  readonly lists: readonly { readonly list: PublishedList; readonly places: readonly ListedPlace[] }[]
}

async function fetchAll(): Promise<Found> {
  const [spots, { lists }] = await Promise.all([fetchSpots(), fetchAbout()])
  const shown = lists.filter(({ kind }) => (shownKinds as readonly string[]).includes(kind))
  return { spots, lists: await Promise.all(shown.map(async (list) => ({ list, places: await fetchPlaces(list) }))) }
}

export function PlacesPage() {
  const { state, again } = useLoaded(fetchAll, refreshMs)
  return (
    <Page title={say('places.title')}>
      <Shown state={state} again={again}>
        {(found) => <Places found={found} />}
      </Shown>
    </Page>
  )
}

function Places({ found: { spots, lists } }: { readonly found: Found }) {
  const kind = useSignal<PublishedList['kind'] | 'now'>('now')
  const chosen = lists.find(({ list }) => list.kind === kind.value)
  useEffect(() => {
    if (spots.length === 0 && lists[0] !== undefined) kind.value = lists[0].list.kind
  }, [])
  if (spots.length === 0 && lists.length === 0) return <p>{say('places.none')}</p>
  const dots: readonly Dot[] =
    chosen === undefined
      ? spots.flatMap(({ id, name, position }) => (position === null ? [] : [{ id, name: localized(name), position }]))
      : chosen.places.flatMap(({ id, name, position }) => (position === undefined ? [] : [{ id, name, position }]))
  return (
    <>
      <div class="chips" role="group" aria-label={say('places.which')}>
        {spots.length > 0 && (
          <Chip text={say('places.now')} on={kind.value === 'now'} act={() => (kind.value = 'now')} />
        )}
        {lists.map(({ list }) => (
          <Chip
            key={list.kind}
            text={say(`place.${list.kind}`)}
            on={kind.value === list.kind}
            act={() => (kind.value = list.kind)}
          />
        ))}
      </div>
      <PlacesMap key={kind.value} dots={dots} />
      {chosen === undefined ? <SpotList spots={spots} numbered /> : <PlaceList places={chosen.places} />}
    </>
  )
}

function Chip({ text, on, act }: { readonly text: string; readonly on: boolean; readonly act: () => void }) {
  return (
    <button type="button" class="chip" aria-pressed={on} onClick={act}>
      {text}
    </button>
  )
}

function PlaceList({ places }: { readonly places: readonly ListedPlace[] }) {
  return (
    <>
      <ol class="list numbered">
        {places.slice(0, mostRows).map(({ id, name }) => (
          <li key={id}>
            <span>{name}</span>
          </li>
        ))}
      </ol>
      {places.length > mostRows && <p>{say('places.more', { n: places.length - mostRows })}</p>}
    </>
  )
}
