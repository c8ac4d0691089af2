// Which devices the gateway gets; how each is connected is asked by the gateway itself, which knows its ports.
import { useSignal } from '@preact/signals'
import { profiles } from 'virtual:profiles'
import type { Draft, PlannedDevice } from '../draft.ts'
import { change, move } from '../field.ts'
import { Act, TextField } from '../../phone/controls.tsx'
import { Screen } from '../parts.tsx'
import { localized } from '../../phone/language.ts'
import { say } from '../text/say.ts'

const mostOfOne = 50

export function DevicesStep({ draft }: { readonly draft: Draft }) {
  const search = useSignal('')
  const word = search.value.trim().toLowerCase()
  const count = (profile: string): number => draft.devices.filter((device) => device.profile === profile).length
  const shown = profiles
    .filter(({ id, label }) => `${id} ${label.ja} ${label.en}`.toLowerCase().includes(word))
    .toSorted((a, b) => Math.sign(count(b.id)) - Math.sign(count(a.id)))
  return (
    <Screen title={say('devices.title')} actions={<Act text={say('app.next')} act={() => void move(1)} />} back>
      <p>{say('devices.about')}</p>
      <TextField
        name={say('devices.search')}
        keyboard="search"
        value={search.value}
        take={(text) => (search.value = text)}
      />
      <ul class="list">
        {shown.map(({ id, label }) => (
          <li key={id} class={count(id) > 0 ? 'chosen' : undefined} data-profile={id}>
            <span>{localized(label)}</span>
            <Stepper
              name={localized(label)}
              count={count(id)}
              put={(by) => void change({ devices: put(draft.devices, id, by) })}
            />
          </li>
        ))}
      </ul>
    </Screen>
  )
}

function put(devices: readonly PlannedDevice[], profile: string, by: 1 | -1): readonly PlannedDevice[] {
  if (by === 1) return [...devices, { profile }]
  const last = devices.findLastIndex((device) => device.profile === profile)
  return devices.filter((_, index) => index !== last)
}

function Stepper(props: { readonly name: string; readonly count: number; readonly put: (by: 1 | -1) => void }) {
  const { name, count, put: step } = props
  return (
    <span class="stepper">
      <button type="button" aria-label={say('devices.fewer', { name })} disabled={count === 0} onClick={() => step(-1)}>
        −
      </button>
      <b aria-live="polite">{say('devices.count', { n: count })}</b>
      <button
        type="button"
        aria-label={say('devices.more', { name })}
        disabled={count >= mostOfOne}
        onClick={() => step(1)}
      >
        +
      </button>
    </span>
  )
}
