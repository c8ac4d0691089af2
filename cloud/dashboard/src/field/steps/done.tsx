// After the sign-off: whether the hub has it, or the phone still keeps it.
import { goHome, sent, waiting } from '../field.ts'
import { Act, Notice } from '../../phone/controls.tsx'
import { Screen } from '../parts.tsx'
import { say } from '../text/say.ts'

export function Done({ id }: { readonly id: string }) {
  const found = sent.value.find((one) => one.id === id)
  const isSent = found !== undefined
  const isRefused = waiting.value.some((one) => one.id === id && one.refused !== undefined)
  return (
    <Screen title={say('done.title')} actions={<Act text={say('app.home')} act={goHome} />}>
      {isSent && <Notice kind="good">{say('done.sent')}</Notice>}
      {isSent && (
        <p>
          <a class="button button-quiet" href={`../#/gateway/${found.gateway}`}>
            {say('done.record')}
          </a>
        </p>
      )}
      {isRefused && <Notice kind="fault">{say('done.refused')}</Notice>}
      {!isSent && !isRefused && (
        <>
          <Notice kind="open">{say('done.queued')}</Notice>
          <p>{say('done.keep')}</p>
        </>
      )}
    </Screen>
  )
}
