// After the sign-off: whether the hub has it, or the phone still keeps it.
import { goHome, sent, waiting } from '../field.ts'
import { Act, Notice, Screen } from '../parts.tsx'
import { say } from '../text/say.ts'

export function Done({ id }: { readonly id: string }) {
  const isSent = sent.value.some((one) => one.id === id)
  const isRefused = waiting.value.some((one) => one.id === id && one.refused !== undefined)
  return (
    <Screen title={say('done.title')} actions={<Act text={say('app.home')} act={goHome} />}>
      {isSent && <Notice kind="good">{say('done.sent')}</Notice>}
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
