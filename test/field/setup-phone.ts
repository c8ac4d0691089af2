// A phone at the setup page of a gateway, without a browser: it loads what the page loads and asks what its script asks.
import type { Finding } from '../../broker/contract/finding.ts'
import type { SetupDraft } from '../../edge/local-page/setup/setup-draft.ts'

export interface SetupPhone {
  /** The page with its style and all its scripts. Returns how many files that were. */
  load(): Promise<number>
  /** The gateway enrols by the text of its label. Returns `{tenant}/{gateway}`. */
  claim(text: string): Promise<string>
  /** The ids of the profiles to choose from. */
  profiles(): Promise<readonly string[]>
  /** Each device of the draft is read once. */
  try(draft: SetupDraft): Promise<readonly Finding[]>
  /** Writes the configuration; the gateway goes on as the agent. */
  finish(draft: SetupDraft, code: string): Promise<void>
}

/** `url` is the address of the page. Every method throws where the gateway does not answer with success. */
export function openSetupPhone(url: string): SetupPhone {
  let cookie = ''
  const ask = async (path: string, body?: object): Promise<Response> => {
    const own = cookie === '' ? {} : { cookie }
    const said = { 'content-type': 'application/json', origin: new URL(url).origin }
    const init =
      body === undefined
        ? { headers: own }
        : { method: 'POST', headers: { ...own, ...said }, body: JSON.stringify(body) }
    const response = await fetch(new URL(path, url), init)
    if (!response.ok) throw new Error(`${path} was answered with ${response.status}: ${await response.text()}`)
    cookie = response.headers.get('set-cookie')?.split(';')[0] ?? cookie
    return response
  }
  const post = async (path: string, body: object): Promise<unknown> => (await ask(path, body)).json()
  return {
    async load() {
      const loaded = new Set<string>()
      const load = async (path: string): Promise<void> => {
        if (loaded.has(path)) return
        loaded.add(path)
        const text = await (await ask(path)).text()
        for (const other of namedIn(text)) await load(new URL(other, new URL(path, url)).pathname)
      }
      await load('/')
      await ask('/api/mode')
      return loaded.size
    },
    async claim(text) {
      const { gateway } = (await post('/api/setup/claim', { claim: text })) as { readonly gateway: string }
      return gateway
    },
    async profiles() {
      const { profiles } = (await (await ask('/api/setup/catalogue')).json()) as {
        readonly profiles: readonly { readonly id: string }[]
      }
      return profiles.map(({ id }) => id)
    },
    async try(draft) {
      const { findings } = (await post('/api/setup/try', { draft })) as { readonly findings: readonly Finding[] }
      return findings
    },
    async finish(draft, code) {
      await post('/api/setup/finish', { draft, code })
    },
  }
}

/** What a page or a script of the gateway loads: `src`, `href` of a style sheet, `import … from`. */
function namedIn(text: string): readonly string[] {
  const patterns = [
    /<script[^>]* src="([^"]+)"/g,
    /<link rel="stylesheet" href="([^"]+)"/g,
    /^import .*? from '(\.[^']+)'$/gm,
  ]
  return patterns.flatMap((pattern) => [...text.matchAll(pattern)].map((match) => match[1]!))
}
