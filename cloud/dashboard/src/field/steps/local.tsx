// Over to the gateway's own page and back: it is the only one that sees the readings where there is no network.
import { useSignal } from '@preact/signals'
import { checksOf, type Draft, localAddress, openChecks } from '../draft.ts'
import { change, move, strangeResult, takeResult } from '../field.ts'
import { Act, Notice, TextField } from '../../phone/controls.tsx'
import { PasteField, Screen } from '../parts.tsx'
import { say } from '../text/say.ts'

export function LocalStep({ draft }: { readonly draft: Draft }) {
  const checks = checksOf(draft.record)
  const fault = useSignal<string | undefined>(undefined)
  const proposed = draft.address || `${draft.gateway?.split('/')[1] ?? 'gateway'}.local`
  const open = async (): Promise<void> => {
    const address = localAddress({ ...draft, address: proposed }, new URL('./', document.baseURI).href)
    if (address === undefined) {
      fault.value = say('local.wrong')
      return
    }
    // Kept before the page is left: a phone may throw this page away meanwhile.
    await change({ address: proposed })
    location.assign(address)
  }
  const take = async (text: string): Promise<void> => {
    if (!(await takeResult(text))) fault.value = say('local.bad')
  }
  const openCount = checks === undefined ? 0 : openChecks(checks)
  return (
    <Screen
      title={say('local.title')}
      actions={
        <>
          {checks !== undefined && <Act text={say('app.next')} act={() => void move(1)} />}
          <Act
            kind={checks === undefined ? 'main' : 'quiet'}
            text={say(checks === undefined ? 'local.open' : 'local.repeat')}
            act={() => void open()}
          />
        </>
      }
      back
    >
      {fault.value !== undefined && <Notice kind="fault">{fault.value}</Notice>}
      {strangeResult.value !== undefined && (
        <Notice kind="fault">{say('local.other', { found: strangeResult.value, gateway: draft.gateway ?? '' })}</Notice>
      )}
      {checks !== undefined && (
        <Notice kind={openCount === 0 ? 'good' : 'open'}>
          {say('local.got')} · {openCount === 0 ? say('sign.passed') : say('sign.open', { n: openCount })}
        </Notice>
      )}
      <p>{say('local.about')}</p>
      <TextField
        name={say('local.address')}
        keyboard="url"
        code
        value={proposed}
        take={(address) => void change({ address })}
      />
      <PasteField
        title={say('local.paste')}
        name={say('local.pasteField')}
        button={say('local.take')}
        take={(text) => void take(text)}
      />
    </Screen>
  )
}
