// Asks for the password where the hub wants it again, and repeats what was asked with it.
import { signal, type ReadonlySignal } from '@preact/signals'
import { HubError } from '../api/hub-api.ts'

/** The person closed the question. */
export class Declined extends Error {}

interface Question {
  /** The last answer was wrong. */
  readonly wasWrong: boolean
  answer(password: string | undefined): void
}

const asked = signal<Question | undefined>(undefined)
/** What the dialog shows. */
export const question: ReadonlySignal<Question | undefined> = asked

/** Rejects with Declined, and with what `work` rejects with. `hasPassword`: whether there is one to ask for. */
export async function confirmed<T>(hasPassword: boolean, work: (password?: string) => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (thrown) {
    if (!hasPassword || codeOf(thrown) !== 'sign-in.again') throw thrown
  }
  for (let wasWrong = false; ; wasWrong = true) {
    const password = await ask(wasWrong)
    try {
      return await work(password)
    } catch (thrown) {
      if (codeOf(thrown) !== 'sign-in.failed') throw thrown
    }
  }
}

async function ask(wasWrong: boolean): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  asked.value = {
    wasWrong,
    answer(password) {
      asked.value = undefined
      if (password === undefined) reject(new Declined())
      else resolve(password)
    },
  }
  return await promise
}

function codeOf(thrown: unknown): string | undefined {
  return thrown instanceof HubError ? thrown.code : undefined
}
