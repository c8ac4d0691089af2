// Photos of an alarm or a work order: taken with the phone, made small in it, seen large by a tap, and taken away by who may.
import { useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import type { PhotoItem, PhotoOwner } from '../api/alarm-api.ts'
import { HubError } from '../api/hub-api.ts'
import type { City } from '../city/city.ts'
import { person } from '../city/person.ts'
import { may } from '../city/session.ts'
import { shortTime } from '../format/time.ts'
import { base64Of, smallPicture } from '../photo/taken-photo.ts'
import type { TextKey } from '../text/dictionary.ts'
import { language, t } from '../text/language.ts'
import { nowMs } from './now.ts'

type Fault = 'photo.noPicture' | 'photo.diskFull' | 'photo.failed' | 'photo.listFailed'

export function Photos(props: { readonly owner: PhotoOwner; readonly gateway: string; readonly city: City }) {
  const { owner, gateway, city } = props
  const { handling } = city.api
  const photos = useSignal<readonly PhotoItem[]>([])
  const shown = useSignal<PhotoItem | undefined>(undefined)
  const fault = useSignal<Fault | undefined>(undefined)
  const isBusy = useSignal(false)
  const maySee = may('see-pictures', gateway)
  const mayHandle = may('handle-alarms', gateway)
  const load = async (): Promise<void> => void (photos.value = await handling.photos(owner))
  useEffect(() => {
    if (maySee) load().catch(() => (fault.value = 'photo.listFailed'))
  }, [owner.kind, owner.id, maySee])

  async function add(file: File | undefined): Promise<void> {
    if (file === undefined) return
    isBusy.value = true
    fault.value = undefined
    try {
      const picture = await smallPicture(file).catch(() => undefined)
      if (picture === undefined) fault.value = 'photo.noPicture'
      else {
        await handling.addPhoto(owner, await base64Of(picture), person.value)
        if (maySee) await load()
      }
    } catch (thrown) {
      fault.value = thrown instanceof HubError && thrown.code === 'image.disk-full' ? 'photo.diskFull' : 'photo.failed'
    } finally {
      isBusy.value = false
    }
  }
  async function remove({ hash }: PhotoItem): Promise<void> {
    fault.value = undefined
    try {
      await handling.removePhoto(owner, hash)
      await load()
    } catch {
      fault.value = 'photo.failed'
    }
    shown.value = undefined
  }
  const address = (hash: string, small: boolean) =>
    city.api.address(`api/v1/${owner.kind}/${encodeURIComponent(owner.id)}/photos/${hash}${small ? '?small=true' : ''}`)
  const title: TextKey = owner.kind === 'alarms' ? 'photo.ofAlarm' : 'photo.ofOrder'
  return (
    <section class="photos" aria-label={t(title)} data-photos={owner.kind}>
      <h4>{t(title)}</h4>
      <PhotoList photos={photos.value} address={address} choose={(photo) => (shown.value = photo)} />
      {mayHandle && <PhotoButton isBusy={isBusy.value} add={(file) => void add(file)} />}
      {fault.value !== undefined && (
        <p class="fault" role="alert">
          {t(fault.value)}
        </p>
      )}
      {shown.value !== undefined && (
        <LargePhoto
          photo={shown.value}
          address={address(shown.value.hash, false)}
          remove={mayHandle ? remove : undefined}
          close={() => (shown.value = undefined)}
        />
      )}
    </section>
  )
}

function PhotoList(props: {
  readonly photos: readonly PhotoItem[]
  readonly address: (hash: string, small: boolean) => string
  readonly choose: (photo: PhotoItem) => void
}) {
  if (props.photos.length === 0) return null
  return (
    <ul class="photo-list">
      {props.photos.map((photo) => (
        <li key={photo.hash}>
          <button type="button" class="photo-small" onClick={() => props.choose(photo)}>
            <img src={props.address(photo.hash, true)} alt={t('photo.enlarge', aboutOf(photo))} loading="lazy" />
          </button>
        </li>
      ))}
    </ul>
  )
}

/** The camera of a phone, or a file. */
function PhotoButton({ isBusy, add }: { readonly isBusy: boolean; readonly add: (file: File | undefined) => void }) {
  return (
    <label class={`button button-outline photo-add${isBusy ? ' photo-busy' : ''}`}>
      {t(isBusy ? 'photo.sending' : 'photo.add')}
      <input
        type="file"
        accept="image/*"
        capture="environment"
        disabled={isBusy}
        onChange={(event) => {
          add(event.currentTarget.files?.[0])
          event.currentTarget.value = ''
        }}
      />
    </label>
  )
}

function aboutOf({ time, by }: PhotoItem) {
  return { time: shortTime(time, nowMs.value, language.value), by: by ?? '' }
}

function LargePhoto(props: {
  readonly photo: PhotoItem
  readonly address: string
  readonly remove: ((photo: PhotoItem) => Promise<void>) | undefined
  readonly close: () => void
}) {
  const { photo, address, remove, close } = props
  const dialog = useRef<HTMLDialogElement>(null)
  const isAsking = useSignal(false)
  useEffect(() => dialog.current?.showModal(), [])
  return (
    <dialog ref={dialog} class="photo-large" aria-label={t('photo.about', aboutOf(photo))} onClose={close}>
      <img src={address} alt={t('photo.about', aboutOf(photo))} />
      <p>{t('photo.about', aboutOf(photo))}</p>
      <div class="alarm-acts">
        {remove !== undefined && !isAsking.value && (
          <button type="button" class="button button-outline" onClick={() => (isAsking.value = true)}>
            {t('photo.remove')}
          </button>
        )}
        {remove !== undefined && isAsking.value && (
          <button type="button" class="button" onClick={() => void remove(photo)}>
            {t('photo.removeSure')}
          </button>
        )}
        <button type="button" class="button button-outline" onClick={() => dialog.current?.close()}>
          {t('photo.close')}
        </button>
      </div>
    </dialog>
  )
}
