// What the place is called, and what stands there.
import { useSignal } from '@preact/signals'
import { type SiteKind, siteKinds } from '../../../../../broker/contract/documents.ts'
import type { Draft } from '../draft.ts'
import { change, move } from '../field.ts'
import { Act, Field, Notice, TextField } from '../../phone/controls.tsx'
import { Screen } from '../parts.tsx'
import { say } from '../text/say.ts'

export function PlaceStep({ draft: { place } }: { readonly draft: Draft }) {
  const isWrong = useSignal(false)
  const next = (): void => {
    isWrong.value = place.name.trim() === ''
    if (!isWrong.value) void move(1, { place: { ...place, name: place.name.trim() } })
  }
  return (
    <Screen title={say('place.title')} actions={<Act text={say('app.next')} act={next} />} back>
      {isWrong.value && <Notice kind="fault">{say('place.wrong')}</Notice>}
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
    </Screen>
  )
}
