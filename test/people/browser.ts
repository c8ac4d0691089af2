// A browser as far as the API sees it: it keeps the cookie, and says from which page a request comes.
export interface Answer {
  readonly status: number
  readonly body: Record<string, unknown>
  readonly text: string
  readonly headers: Headers
}

export interface Browser {
  cookie: string | undefined
  ask(method: string, path: string, body?: unknown, headers?: Readonly<Record<string, string>>): Promise<Answer>
}

/** A program with a token: no cookie, no page that it comes from. */
export function programAt(url: string, token: string): Browser {
  const program = browserAt(url)
  const authorization = { authorization: `Bearer ${token}` }
  return {
    ...program,
    ask: (method, path, body, more) => program.ask(method, path, body, { ...more, ...authorization }),
  }
}

export function browserAt(url: string, cookie?: string): Browser {
  const jar = new Map<string, string>()
  const browser: Browser = {
    cookie,
    async ask(method, path, body, headers = { origin: url }) {
      const response = await fetch(`${url}${path}`, {
        method,
        redirect: 'manual',
        headers: {
          ...headers,
          ...(browser.cookie === undefined ? {} : { cookie: browser.cookie }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(10_000),
      })
      for (const set of response.headers.getSetCookie()) {
        const [pair = ''] = set.split(';', 1)
        jar.set(pair.slice(0, pair.indexOf('=')), pair)
        browser.cookie = [...jar.values()].join('; ')
      }
      const text = await response.text()
      const isJson = /json/.test(response.headers.get('content-type') ?? '') && text !== '' && !text.includes('\n{')
      const parsed = isJson ? (JSON.parse(text) as Record<string, unknown>) : {}
      return { status: response.status, text, body: parsed, headers: response.headers }
    },
  }
  return browser
}

export const goodPassword = 'correct horse battery staple'

/** Makes a person and signs them in by their link. */
export async function newPerson(
  admin: Browser,
  url: string,
  id: string,
  memberships: readonly { readonly tenant: string; readonly role: string }[],
): Promise<Browser> {
  const made = await admin.ask('POST', '/api/v1/people', { id, name: id, memberships })
  if (made.status !== 201) throw new Error(made.text)
  const browser = browserAt(url)
  const password = `${goodPassword} ${id}`
  const signedIn = await browser.ask('POST', '/api/v1/session/link', { link: made.body['link'], password })
  if (signedIn.status !== 200) throw new Error(signedIn.text)
  return browser
}
