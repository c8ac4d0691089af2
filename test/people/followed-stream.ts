// Somebody who follows a stream of the hub: what they heard so far, and whether it has ended.
import { type Browser } from './browser.ts'

export interface Follower {
  /** Resolves with all that was heard once it holds `text`. */
  until(text: string): Promise<string>
  /** Resolves when the hub has ended it. */
  ended(): Promise<void>
  leave(): Promise<void>
}

const patienceMs = 15_000

/** Resolves when the stream has begun. */
export async function follow(
  url: string,
  who: Pick<Browser, 'cookie'> & { readonly token?: string },
  headers: Readonly<Record<string, string>> = {},
): Promise<Follower> {
  const abort = new AbortController()
  const signal = AbortSignal.any([abort.signal, AbortSignal.timeout(patienceMs)])
  const known = who.token === undefined ? { cookie: who.cookie ?? '' } : { authorization: `Bearer ${who.token}` }
  const response = await fetch(url, { headers: { ...known, ...headers }, signal })
  if (!response.ok || response.body === null) throw new Error(`${response.status} at ${url}`)
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader()
  let heard = ''
  /** False: it is over, by an end or by a cut. */
  const more = async (): Promise<boolean> => {
    try {
      const { done, value = '' } = await reader.read()
      heard += value
      return !done
    } catch (thrown) {
      if (signal.aborted) throw new Error(`the hub was silent after: ${heard}`, { cause: thrown })
      return false
    }
  }
  return {
    async until(text) {
      while (!heard.includes(text)) if (!(await more())) throw new Error(`it ended without ${text}: ${heard}`)
      return heard
    },
    async ended() {
      while (await more());
    },
    async leave() {
      abort.abort()
      await reader.cancel().catch(() => undefined)
    },
  }
}
