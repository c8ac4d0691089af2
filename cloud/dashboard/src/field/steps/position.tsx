// Where it stands: by GPS, and corrected on the map.
import { useSignal } from '@preact/signals'
import type { Position } from '../../map/geometry.ts'
import type { Draft } from '../draft.ts'
import { change, move } from '../field.ts'
import { Act, Notice } from '../../phone/controls.tsx'
import { Screen } from '../parts.tsx'
import { PinMap } from '../../phone/pin-map.tsx'
import { say } from '../text/say.ts'

const gpsLimitMs = 20_000

export function PositionStep({ draft: { place } }: { readonly draft: Draft }) {
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
    if (place.lat === undefined) fault.value = say('position.wrong')
    else void move(1)
  }
  return (
    <Screen title={say('position.title')} actions={<Act text={say('app.next')} act={next} />} back>
      {fault.value !== undefined && <Notice kind="fault">{fault.value}</Notice>}
      <Act
        kind={place.lat === undefined ? 'main' : 'quiet'}
        text={say(isFinding.value ? 'place.finding' : 'place.here')}
        disabled={isFinding.value}
        act={locate}
      />
      <p class="under">{say('place.drag')}</p>
      <PinMap
        position={place.lat === undefined || place.lon === undefined ? undefined : { lat: place.lat, lon: place.lon }}
        words={{ map: say('place.map'), zoomIn: say('place.zoomIn'), zoomOut: say('place.zoomOut') }}
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
