// What is replaced: a gateway or one of its devices, out of the list that the phone keeps of the hub.
import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import type { Draft } from '../draft.ts'
import { type KnownGateway, plannedDevices } from '../facts.ts'
import { facts, move, refreshFacts } from '../field.ts'
import { Act, Field, Notice, TextField } from '../../phone/controls.tsx'
import { Screen } from '../parts.tsx'
import { localized } from '../../phone/language.ts'
import { say } from '../text/say.ts'

/** Whoever replaces something wants the list of today. */
const freshMs = 60_000
const gatewayPattern = /^[a-z0-9-]{1,32}\/[a-z0-9-]{1,32}$/
const devicePattern = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/

export function PickStep({ draft }: { readonly draft: Draft }) {
  const gateway = useSignal(draft.gateway ?? '')
  const device = useSignal(draft.replaced?.device ?? '')
  const texts = useSignal({
    oldSerial: draft.replaced?.oldSerial ?? '',
    newSerial: draft.replaced?.newSerial ?? '',
    reason: draft.replaced?.reason ?? '',
  })
  const fault = useSignal<string | undefined>(undefined)
  const isDevice = draft.kind === 'replaced-device'
  useEffect(() => void refreshFacts(freshMs), [])
  const known = facts.value?.gateways ?? []
  const found = known.find(({ id }) => id === gateway.value)
  const next = (): void => {
    if (!gatewayPattern.test(gateway.value)) {
      fault.value = say('pick.wrong', { example: 'kimitsu/paddy-7' })
    } else if (isDevice && !devicePattern.test(device.value)) {
      fault.value = say('pick.wrong', { example: 'level-1' })
    } else {
      const replaced = { ...texts.value, ...(isDevice ? { device: device.value } : {}) }
      void move(1, { gateway: gateway.value, replaced, ...knownPlace(found, draft) })
    }
  }
  const type = (key: keyof typeof texts.value) => (text: string) => (texts.value = { ...texts.value, [key]: text })
  return (
    <Screen
      title={say(isDevice ? 'pick.device' : 'pick.gateway')}
      actions={<Act text={say('app.next')} act={next} />}
      back
    >
      {fault.value !== undefined && <Notice kind="fault">{fault.value}</Notice>}
      {known.length === 0 ? (
        <>
          <Notice kind="open">{say('pick.none')}</Notice>
          <TextField
            name={say('pick.type')}
            value={gateway.value}
            code
            take={(text) => (gateway.value = text.trim())}
          />
        </>
      ) : (
        <Field name={say('scan.gateway')}>
          <select value={gateway.value} onChange={(event) => (gateway.value = event.currentTarget.value)}>
            <option value="">–</option>
            {known.map(({ id, label }) => (
              <option key={id} value={id}>
                {localized(label)}（{id}）
              </option>
            ))}
          </select>
        </Field>
      )}
      {isDevice && <DeviceField found={found} value={device.value} take={(id) => (device.value = id)} />}
      <TextField name={say('pick.reason')} value={texts.value.reason} maxLength={200} take={type('reason')} />
      <TextField name={say('pick.oldSerial')} value={texts.value.oldSerial} maxLength={64} take={type('oldSerial')} />
      <TextField name={say('pick.newSerial')} value={texts.value.newSerial} maxLength={64} take={type('newSerial')} />
    </Screen>
  )
}

function DeviceField(props: {
  readonly found: KnownGateway | undefined
  readonly value: string
  readonly take: (id: string) => void
}) {
  const { found, value, take } = props
  if (found === undefined || found.devices.length === 0) {
    return <TextField name={say('pick.typeDevice')} value={value} code take={(text) => take(text.trim())} />
  }
  return (
    <Field name={say('pick.device')}>
      <select value={value} onChange={(event) => take(event.currentTarget.value)}>
        <option value="">–</option>
        {found.devices.map(({ id, label }) => (
          <option key={id} value={id}>
            {localized(label)}（{id}）
          </option>
        ))}
      </select>
    </Field>
  )
}

/** The place is where it was, and the new box gets the devices of the old one under their names. */
function knownPlace(found: KnownGateway | undefined, { place, kind }: Draft): Partial<Draft> {
  const devices = found === undefined || kind !== 'replaced-gateway' ? [] : plannedDevices(found)
  if (found?.site === undefined || place.name !== '') return { devices }
  const { id, name, position, kind: siteKind } = found.site
  return { devices, place: { site: id, kind: siteKind, name: name.ja, ...position, source: 'map' } }
}
