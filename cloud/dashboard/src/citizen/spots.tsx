// How full places are, in words first: open or not, how many people, and how old that is.
import { localized } from '../phone/language.ts'
import type { Spot } from './hub.ts'
import { ageText, say } from './text/say.ts'

/** `numbered`: like the dots of the map above it. */
export function SpotList({
  spots,
  numbered = false,
}: {
  readonly spots: readonly Spot[]
  readonly numbered?: boolean
}) {
  if (spots.length === 0) return null
  return (
    <ul class={`list spots${numbered ? ' numbered' : ''}`}>
      {spots.map((spot) => (
        <li key={spot.id} data-spot={spot.id}>
          <span>
            <b>{localized(spot.name)}</b>
            <small>{peopleText(spot)}</small>
          </span>
          <State spot={spot} />
        </li>
      ))}
    </ul>
  )
}

/** What staff said of a shelter goes before how full it looks. */
function State({ spot }: { readonly spot: Spot }) {
  const { state, stateAgeS, level } = spot
  const word = state === null ? level : state
  const mood =
    word === null
      ? 'unknown'
      : word === 'full' || word === 'closed'
        ? 'bad'
        : word === 'open' || word === 'free'
          ? 'good'
          : 'open'
  return (
    <span class={`state state-${mood}`}>
      <b>
        {word === null ? say('spot.unknown') : state === null ? say(`level.${level ?? 'free'}`) : say(`spot.${state}`)}
      </b>
      {stateAgeS !== null && <small>{ageText(stateAgeS)}</small>}
    </span>
  )
}

function peopleText({ people, error, capacity, ageS, level, state }: Spot): string {
  if (people === null) return say('spot.noCount')
  const about = error === null ? say('spot.people', { n: people }) : say('spot.about', { n: people, error })
  const of = capacity === null ? '' : say('spot.of', { n: capacity })
  const full = level === null || state === null ? '' : ` · ${say(`level.${level}`)}`
  return `${about}${of}${full} · ${ageText(ageS ?? 0)}`
}
