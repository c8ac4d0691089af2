// What a press on the account page leads to: busy, done, or a fault in words.
import { useSignal, type Signal } from '@preact/signals'
import { HubError } from '../api/hub-api.ts'
import type { TextKey } from '../text/dictionary.ts'
import { Declined } from './confirming.ts'
import { isPasskeyDeclined } from './passkey-device.ts'

const faultKeys: Readonly<Record<string, TextKey>> = {
  'sign-in.failed': 'account.refused',
  'sign-in.locked': 'signIn.locked',
  'request.rate': 'signIn.locked',
  'sign-in.challenge': 'signIn.begunTooLongAgo',
  'sign-in.again': 'account.signInAgain',
  'sign-in.last-way': 'account.lastWay',
  'people.password': 'signIn.weak',
  'people.conflict': 'account.known',
  'people.forbidden': 'signIn.notAllowed',
  'identity-provider.unavailable': 'signIn.providerDown',
  'limit.exceeded': 'account.tooMany',
}

export interface Attempt {
  readonly fault: Signal<TextKey | undefined>
  readonly isBusy: Signal<boolean>
  readonly isDone: Signal<boolean>
  /** Never rejects. What the person called off is no fault. */
  run(work: () => Promise<void>): Promise<void>
}

export function useAttempt(): Attempt {
  const fault = useSignal<TextKey | undefined>(undefined)
  const isBusy = useSignal(false)
  const isDone = useSignal(false)
  return {
    fault,
    isBusy,
    isDone,
    async run(work) {
      isBusy.value = true
      isDone.value = false
      fault.value = undefined
      try {
        await work()
        isDone.value = true
      } catch (thrown) {
        if (!(thrown instanceof Declined) && !isPasskeyDeclined(thrown)) fault.value = keyOf(thrown)
      } finally {
        isBusy.value = false
      }
    },
  }
}

function keyOf(thrown: unknown): TextKey {
  if (thrown instanceof HubError) return faultKeys[thrown.code ?? ''] ?? 'signIn.unreached'
  return thrown instanceof Error && thrown.name === 'InvalidStateError' ? 'account.known' : 'signIn.unreached'
}
