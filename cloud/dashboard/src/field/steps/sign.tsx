// The last look: what is reported, what the hub already has, and the engineer's name below it.
import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import type { CommissioningRecord } from '../../../../../broker/contract/commissioning-record.ts'
import { displayUnit, quantityText } from '../../format/units.ts'
import { checksOf, type Draft, openChecks } from '../draft.ts'
import { change, online, signOff } from '../field.ts'
import { fetchValues, type HubValue } from '../hub.ts'
import { Act, Field, Mark, Notice, TextField } from '../../phone/controls.tsx'
import { timeText } from '../../phone/language.ts'
import { Screen } from '../parts.tsx'
import { localized } from '../../phone/language.ts'
import { say } from '../text/say.ts'

const askEveryMs = 5_000
const ownDevice = /\/gateway:[^:]*$/

export function SignStep({ draft }: { readonly draft: Draft }) {
  const fault = useSignal<string | undefined>(undefined)
  const isBusy = useSignal(false)
  const checks = checksOf(draft.record)
  const sign = async (): Promise<void> => {
    const engineer = (draft.engineer ?? '').trim()
    if (checks === undefined) fault.value = say('sign.needRecord')
    else if (draft.place.name === '') fault.value = say('place.wrong')
    else if (draft.place.lat === undefined) fault.value = say('position.wrong')
    else if (engineer === '') fault.value = say('sign.needName')
    else {
      isBusy.value = true
      fault.value = undefined
      try {
        await signOff({ ...draft, engineer })
      } catch {
        fault.value = say('app.broken')
      } finally {
        isBusy.value = false
      }
    }
  }
  return (
    <Screen
      title={say('sign.title')}
      actions={<Act text={say('sign.go')} disabled={isBusy.value} act={() => void sign()} />}
      back
    >
      {fault.value !== undefined && <Notice kind="fault">{fault.value}</Notice>}
      <dl class="facts">
        <dt>{say('scan.gateway')}</dt>
        <dd class="large">{draft.gateway}</dd>
        <dt>{say('sign.place')}</dt>
        <dd>{draft.place.name}</dd>
      </dl>
      {checks === undefined ? <Notice kind="open">{say('sign.needRecord')}</Notice> : <Checks checks={checks} />}
      {draft.gateway !== undefined && online.value && <Values gateway={draft.gateway} />}
      <TextField
        name={say('sign.engineer')}
        autocomplete="name"
        value={draft.engineer ?? ''}
        maxLength={80}
        take={(engineer) => void change({ engineer })}
      />
      <Field name={say('sign.note')}>
        <textarea
          rows={3}
          maxLength={1000}
          value={draft.note ?? ''}
          onInput={(event) => void change({ note: event.currentTarget.value })}
        />
      </Field>
    </Screen>
  )
}

function Checks({ checks }: { readonly checks: CommissioningRecord }) {
  const open = openChecks(checks)
  const rows = [
    { name: say('sign.clock'), passed: checks.clock.passed },
    ...checks.devices.map(({ label, answered, confirmed }) => ({
      name: localized(label),
      passed: answered && confirmed !== 'no',
    })),
    { name: say('sign.uplink'), passed: checks.uplink.passed },
  ]
  return (
    <section>
      <h2>{say('sign.checks')}</h2>
      <Notice kind={open === 0 ? 'good' : 'open'}>
        {open === 0 ? say('sign.passed') : say('sign.open', { n: open })}
      </Notice>
      <ul class="list">
        {rows.map(({ name, passed }, index) => (
          <li key={index}>
            <Mark state={passed ? 'good' : 'open'} />
            <span>{name}</span>
          </li>
        ))}
      </ul>
    </section>
  )
}

/** The newest values at the hub, asked again every five seconds. */
function Values({ gateway }: { readonly gateway: string }) {
  const values = useSignal<readonly HubValue[] | undefined>(undefined)
  useEffect(() => {
    let isOpen = true
    let timer: ReturnType<typeof setTimeout> | undefined
    const ask = async (): Promise<void> => {
      const found = await fetchValues(gateway).catch(() => undefined)
      if (!isOpen) return
      if (found !== undefined) values.value = found.filter(({ series }) => !ownDevice.test(series))
      timer = setTimeout(() => void ask(), askEveryMs)
    }
    void ask()
    return () => {
      isOpen = false
      clearTimeout(timer)
    }
  }, [gateway])
  if (values.value === undefined) return null
  return (
    <section>
      <h2>{say('sign.live')}</h2>
      {values.value.length === 0 && <p class="quiet">{say('sign.liveNone')}</p>}
      <ul class="list">
        {values.value.slice(0, 12).map((item) => (
          <li key={item.series}>
            <Mark state={item.quality === 'good' ? 'good' : 'bad'} />
            <span>
              {localized(item.label)}
              <small class="quiet">{item.time === null ? '' : say('sign.at', { time: timeText(item.time) })}</small>
            </span>
            <b>{valueText(item)}</b>
          </li>
        ))}
      </ul>
    </section>
  )
}

function valueText({ value, text, unit, channel }: HubValue): string {
  if (value === null) return text ?? '–'
  return quantityText(value, displayUnit({ unit, channel, magnitude: value }))
}
