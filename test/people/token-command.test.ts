// `musubi token`: on the database of a hub that is down, and signed in as the person at one that runs.
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { run as runToken } from '../../bin/commands/token.ts'
import { run as runUser } from '../../bin/commands/user.ts'
import { signInAt } from '../../bin/hub-session.ts'
import { runCloud, temporaryFolder } from '../cloud/running-cloud.ts'
import { browserAt, goodPassword } from './browser.ts'

describe('musubi token', () => {
  let place: { readonly folder: string; remove(): Promise<void> }
  let said: string[]

  beforeEach(async () => {
    place = await temporaryFolder()
    said = []
    vi.spyOn(console, 'log').mockImplementation((line: string) => void said.push(line))
    vi.spyOn(console, 'error').mockImplementation(() => undefined)
  })
  afterEach(async () => {
    vi.restoreAllMocks()
    await place.remove()
  })

  it('makes, lists and revokes tokens of a person, which a hub then takes, and none beyond their rights', async () => {
    const database = ['--database', join(place.folder, 'hub.sqlite')]
    const as = ['--as', 'sato', ...database]
    await runUser(['add', 'sato', '--admin', ...database])
    await runUser(['add', 'oka', '--role', 'kimitsu:viewer', ...database])
    said = []
    await runToken(['new', 'export', '--tenant', '*', '--right', 'see', '--days', '1', ...as])
    const [token = ''] = said
    expect(token).toMatch(/^musubi_/)
    const beyond = runToken(['new', 'x', '--tenant', '*', '--right', 'see', '--as', 'oka', ...database])
    await expect(beyond).rejects.toMatchObject({ code: 'people.forbidden' })
    const hub = await runCloud(place.folder)
    const authorization = { authorization: `Bearer ${token}` }
    const ask = (path: string) => browserAt(hub.url).ask('GET', path, undefined, authorization)
    expect((await ask('/api/v1/gateways')).status).toBe(200)
    expect((await ask('/api/v1/people')).status).toBe(403)
    await hub.stop()
    said = []
    await runToken(['list', ...as])
    const [line = ''] = said
    expect(line).toContain('export')
    await runToken(['revoke', line.split(' ')[0] ?? '', ...as])
    said = []
    await runToken(['list', ...as])
    expect(said).toEqual([])
  })

  it('asks a hub that runs as the person, by password, and signs out again', async () => {
    const hub = await runCloud(place.folder)
    const memberships = [{ tenant: '*', role: 'admin' }]
    const made = await browserAt(hub.url).ask('POST', '/api/v1/people', { id: 'sato', name: 'x', memberships })
    const browser = browserAt(hub.url)
    await browser.ask('POST', '/api/v1/session/link', { link: made.body['link'], password: goodPassword })
    const asked: string[] = []
    const session = await signInAt(hub.url, 'sato', (question) => {
      asked.push(question)
      return Promise.resolve(goodPassword)
    })
    const wanted = { name: 'x', tenant: '*', rights: ['see'], expires: Date.now() + 1e6 }
    expect(await session.ask('POST', '/api/v1/tokens', wanted)).toMatchObject({ token: expect.any(String) as string })
    await session.close()
    expect(asked).toHaveLength(1)
    const { body } = await browser.ask('GET', '/api/v1/sessions')
    expect(body['items']).toHaveLength(1)
    await expect(signInAt(hub.url, 'sato', () => Promise.resolve('wrong'))).rejects.toMatchObject({
      code: 'sign-in.failed',
    })
    await hub.stop()
  })
})
