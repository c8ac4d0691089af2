// One report on one page: a photo, the place, a word, and the button that sends it.
import { useSignal } from '@preact/signals'
import { useEffect, useMemo } from 'preact/hooks'
import type { Position } from '../../map/geometry.ts'
import { Act, Field, Notice, TextField } from '../../phone/controls.tsx'
import { PinMap } from '../../phone/pin-map.tsx'
import { takePhoto } from '../../photo/taken-photo.ts'
import { begin, change, draft, sign } from '../citizen.ts'
import { type Draft, missingOf, mostPhotos, mostTextLength } from '../draft.ts'
import { fetchBounds } from '../hub.ts'
import { LampChoice } from '../lamp-choice.tsx'
import { Page, useLoaded } from '../page.tsx'
import { say } from '../text/say.ts'

const gpsLimitMs = 20_000

export function ReportPage() {
  const { value: written } = draft
  if (written === undefined) return <ChooseKind />
  return <Form written={written} />
}

function ChooseKind() {
  return (
    <Page title={say('home.report')}>
      {(['road', 'street-light', 'other'] as const).map((kind) => (
        <Act
          key={kind}
          kind="choice"
          text={say(`kind.${kind}`)}
          about={say(`about.${kind}`)}
          act={() => void begin(kind)}
        />
      ))}
    </Page>
  )
}

function Form({ written }: { readonly written: Draft }) {
  const { state } = useLoaded(fetchBounds)
  const bounds = state !== undefined && 'found' in state ? state.found : undefined
  const missing = useSignal<'place' | 'what' | undefined>(undefined)
  const isBusy = useSignal(false)
  const { position, kind } = written
  const isOutside =
    bounds !== undefined &&
    position !== undefined &&
    (position.lat < bounds.south ||
      position.lat > bounds.north ||
      position.lon < bounds.west ||
      position.lon > bounds.east)
  const send = async (): Promise<void> => {
    missing.value = missingOf(written)
    if (missing.value !== undefined || isOutside) return
    isBusy.value = true
    await sign(written)
  }
  return (
    <Page
      title={say(`kind.${kind}`)}
      actions={
        <>
          {missing.value !== undefined && missingOf(written) !== undefined && (
            <Notice kind="fault">{say(missing.value === 'place' ? 'report.noPlace' : 'report.noWhat')}</Notice>
          )}
          <Act text={say('report.send')} disabled={isBusy.value} act={() => void send()} />
        </>
      }
    >
      <Photos written={written} />
      <h2>{say('report.place')}</h2>
      <Place written={written} />
      {isOutside && <Notice kind="fault">{say('refusal.report.outside')}</Notice>}
      {kind === 'street-light' && <LampChoice written={written} />}
      <h2>{say('report.word')}</h2>
      <Field name={say('report.text')} hint={say('report.textHint', { n: written.text.length, most: mostTextLength })}>
        <textarea
          rows={3}
          maxLength={mostTextLength}
          value={written.text}
          onInput={(event) => void change({ text: event.currentTarget.value })}
        />
      </Field>
      <details open={written.contact !== ''}>
        <summary>{say('report.contact')}</summary>
        <TextField
          name={say('report.contactName')}
          hint={say('report.contactHint')}
          value={written.contact}
          maxLength={200}
          autocomplete="email"
          take={(contact) => void change({ contact })}
        />
      </details>
    </Page>
  )
}

function Photos({ written: { photos, position } }: { readonly written: Draft }) {
  const isBad = useSignal(false)
  const isBusy = useSignal(false)
  const seen = useSignal<Position | undefined>(undefined)
  const taken = async (file: File | undefined): Promise<void> => {
    if (file === undefined) return
    isBusy.value = true
    try {
      const { picture, position: found } = await takePhoto(file)
      isBad.value = false
      seen.value = found
      await change({ photos: [...photos, picture].slice(0, mostPhotos) })
    } catch {
      isBad.value = true
    } finally {
      isBusy.value = false
    }
  }
  return (
    <>
      <h2>{say('photo.title')}</h2>
      {photos.length > 0 && (
        <ul class="photos">
          {photos.map((photo, index) => (
            <Picture key={index} photo={photo} index={index} photos={photos} />
          ))}
        </ul>
      )}
      {isBad.value && <Notice kind="fault">{say('photo.bad')}</Notice>}
      {photos.length < mostPhotos && (
        <label class={`button file ${photos.length === 0 ? 'button-main' : 'button-quiet'}`}>
          {say(isBusy.value ? 'app.loading' : photos.length === 0 ? 'photo.take' : 'photo.more')}
          <input
            type="file"
            accept="image/*"
            aria-label={say('photo.take')}
            onChange={(event) => {
              void taken(event.currentTarget.files?.[0])
              event.currentTarget.value = ''
            }}
          />
        </label>
      )}
      <p class="quiet">{say('photo.about')}</p>
      {seen.value !== undefined && position === undefined && (
        <div class="card">
          <p>{say('photo.place')}</p>
          <Act
            kind="quiet"
            text={say('photo.usePlace')}
            act={() => seen.value && void change({ position: seen.value })}
          />
        </div>
      )}
    </>
  )
}

function Picture(props: { readonly photo: Blob; readonly index: number; readonly photos: readonly Blob[] }) {
  const { photo, index, photos } = props
  const url = useMemo(() => URL.createObjectURL(photo), [photo])
  useEffect(() => () => URL.revokeObjectURL(url), [url])
  const name = say('photo.alt', { n: index + 1 })
  return (
    <li>
      <img src={url} alt={name} />
      <button
        type="button"
        class="photo-away"
        aria-label={say('photo.away', { n: index + 1 })}
        onClick={() => void change({ photos: photos.filter((one) => one !== photo) })}
      >
        ✕
      </button>
    </li>
  )
}

function Place({ written: { position, lamp } }: { readonly written: Draft }) {
  const isFinding = useSignal(false)
  const fault = useSignal(false)
  const { geolocation } = navigator as { readonly geolocation?: Geolocation }
  const locate = (): void => {
    if (geolocation === undefined) return
    isFinding.value = true
    fault.value = false
    geolocation.getCurrentPosition(
      ({ coords: { latitude: lat, longitude: lon } }) => {
        isFinding.value = false
        void placed({ lat, lon })
      },
      () => {
        isFinding.value = false
        fault.value = true
      },
      { enableHighAccuracy: true, timeout: gpsLimitMs, maximumAge: 30_000 },
    )
  }
  useEffect(() => {
    if (position !== undefined) return
    // Whoever has agreed before is not asked again.
    void navigator.permissions
      ?.query({ name: 'geolocation' })
      .then(({ state }) => state === 'granted' && locate())
      .catch(() => undefined)
  }, [])
  return (
    <>
      <Act
        kind={position === undefined ? 'main' : 'quiet'}
        text={say(isFinding.value ? 'report.finding' : 'report.here')}
        disabled={isFinding.value}
        act={locate}
      />
      {fault.value && <Notice kind="open">{say('report.noGps')}</Notice>}
      <p class="under">{say('report.drag')}</p>
      <PinMap
        position={position}
        words={{ map: say('report.pinMap'), zoomIn: say('report.zoomIn'), zoomOut: say('report.zoomOut') }}
        moved={(to) => void placed(to)}
      />
      <p class="quiet" data-position={position === undefined ? '' : `${position.lat},${position.lon}`}>
        {lamp !== undefined
          ? say('lamp.chosen', { name: lamp.name })
          : say(position === undefined ? 'report.noPlaceYet' : 'report.placed')}
      </p>
    </>
  )
}

/** A place that is moved is no longer that of a chosen lamp. */
async function placed(position: Position): Promise<void> {
  const { value: now } = draft
  if (now === undefined) return
  const { lamp: _lamp, ...rest } = now
  draft.value = rest
  await change({ position })
}
