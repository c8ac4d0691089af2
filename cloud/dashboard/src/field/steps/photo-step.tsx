// One photo of the installation; made small here, and clean of place and time before it is kept.
import { useSignal } from '@preact/signals'
import { useEffect, useMemo } from 'preact/hooks'
import type { Draft } from '../draft.ts'
import { change, move } from '../field.ts'
import { Act, Notice } from '../../phone/controls.tsx'
import { Screen } from '../parts.tsx'
import { takePhoto } from '../../photo/taken-photo.ts'
import { say } from '../text/say.ts'

export function PhotoStep({ draft }: { readonly draft: Draft }) {
  const isBad = useSignal(false)
  const isBusy = useSignal(false)
  const { photo, place } = draft
  const url = useMemo(() => (photo === undefined ? undefined : URL.createObjectURL(photo)), [photo])
  useEffect(() => () => void (url !== undefined && URL.revokeObjectURL(url)), [url])
  const taken = async (file: File | undefined): Promise<void> => {
    if (file === undefined) return
    isBusy.value = true
    try {
      const { picture, position } = await takePhoto(file)
      // A position that GPS or a hand gave is better than the camera's.
      const isNeeded = place.lat === undefined && position !== undefined
      const found = isNeeded ? { place: { ...place, ...position, source: 'photo' as const } } : {}
      isBad.value = false
      await change({ photo: picture, ...found })
    } catch {
      isBad.value = true
    } finally {
      isBusy.value = false
    }
  }
  return (
    <Screen
      title={say('photo.title')}
      actions={
        <Act
          kind={photo === undefined ? 'quiet' : 'main'}
          text={say(photo === undefined ? 'photo.skip' : 'app.next')}
          act={() => void move(1)}
        />
      }
      back
    >
      <p>{say('photo.about')}</p>
      {isBad.value && <Notice kind="fault">{say('photo.bad')}</Notice>}
      {url !== undefined && <img class="photo" src={url} alt={say('photo.alt')} />}
      <label class={`button file ${photo === undefined ? 'button-main' : 'button-quiet'}`}>
        {say(isBusy.value ? 'app.loading' : photo === undefined ? 'photo.take' : 'photo.again')}
        <input
          type="file"
          accept="image/*"
          capture="environment"
          aria-label={say('photo.take')}
          onChange={(event) => void taken(event.currentTarget.files?.[0])}
        />
      </label>
    </Screen>
  )
}
