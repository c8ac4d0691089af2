// Where the gateway stands: a name, a kind, and a position by GPS that the map corrects.
import { useSignal } from '@preact/signals'
import { type SiteKind, siteKinds } from '../../../../../broker/contract/documents.ts'
import type { Position } from '../../map/geometry.ts'
import type { Draft } from '../draft.ts'
import { change, move } from '../field.ts'
import { Act, Field, Notice, Screen, TextField } from '../parts.tsx'
import { PinMap } from '../pin-map.tsx'
import { say } from '../text/say.ts'

const gpsLimitMs = 20_000

export function PlaceStep({ draft }: { readonly draft: Draft }) {
  const { place } = draft
  const isFinding = useSignal(false)
  const fault = useSignal<string | undefined>(undefined)
  const locate = (): void => {
    isFinding.value = true
    fault.value = undefined
    navigator.geolocation.getCurrentPosition(
      ({ coords: { latitude, longitude, accuracy } }) => {
        isFinding.value = false
        const found = { lat: latitude, lon: longitude, accuracyM: Math.round(accuracy) }
        void change({ place: { ...place, ...found, source: 'gps' } })
      },
      () => {
        isFinding.value = false
        fault.value = say('place.noGps')
      },
      { enableHighAccuracy: true, timeout: gpsLimitMs, maximumAge: 0 },
    )
  }
  const dragged = ({ lat, lon }: Position): void => {
    const { accuracyM: _, ...rest } = place
    void change({ place: { ...rest, lat: rounded(lat), lon: rounded(lon), source: 'map' } })
  }
  const next = (): void => {
    if (place.name.trim() === '' || place.lat === undefined) fault.value = say('place.wrong')
    else void move(1, { place: { ...place, name: place.name.trim() } })
  }
  return (
    <Screen title={say('place.title')} actions={<Act text={say('app.next')} act={next} />} back>
      {fault.value !== undefined && <Notice kind="fault">{fault.value}</Notice>}
      <TextField
        name={say('place.name')}
        hint={say('place.example')}
        value={place.name}
        maxLength={80}
        take={(name) => void change({ place: { ...place, name } })}
      />
      <Field name={say('place.kind')}>
        <select
          value={place.kind}
          onChange={(event) => void change({ place: { ...place, kind: event.currentTarget.value as SiteKind } })}
        >
          {siteKinds.map((kind) => (
            <option key={kind} value={kind}>
              {say(`site.${kind}`)}
            </option>
          ))}
        </select>
      </Field>
      <Act text={say(isFinding.value ? 'place.finding' : 'place.here')} disabled={isFinding.value} act={locate} />
      <p class="under">{say('place.drag')}</p>
      <PinMap
        position={place.lat === undefined || place.lon === undefined ? undefined : { lat: place.lat, lon: place.lon }}
        moved={dragged}
      />
      <p class="quiet" data-position={place.lat === undefined ? '' : `${place.lat},${place.lon}`}>
        {place.lat !== undefined && `${place.lat.toFixed(5)}, ${place.lon?.toFixed(5)} · ${sourceText(place)}`}
      </p>
    </Screen>
  )
}

function sourceText({ source, accuracyM }: Draft['place']): string {
  if (source === 'gps') return say('place.accuracy', { n: accuracyM ?? 0 })
  return say(source === 'photo' ? 'place.photo' : 'place.moved')
}

/** A centimetre is finer than anybody can point. */
function rounded(degrees: number): number {
  return Number(degrees.toFixed(7))
}
