// The settings file: every fault at once, secrets only from outside, e-mail never in the clear.
import { describe, expect, it } from 'vitest'
import { parseNotificationSettings } from './notification-settings.ts'

const secret = `whsec_${Buffer.alloc(32, 1).toString('base64')}`
const sources = {
  environment: { SMTP: 'smtp-password-1', LINE: 'line-token-2', HOOK: secret },
  readFile: (path: string) =>
    path === 'ca.pem' ? Promise.resolve('-----CERT-----\n') : Promise.reject(new Error(`no ${path}`)),
}
const parse = (text: string) => parseNotificationSettings(text, 'notifications.yaml', sources)

const whole = `
publicUrl: https://hub.city.example.jp
email:
  host: smtp.example.jp
  port: 587
  security: starttls
  user: musubi
  password: { env: SMTP }
  from: Musubi <musubi@city.example.jp>
  ca: { file: ca.pem }
push: { contact: 'mailto:musubi@city.example.jp' }
line: { token: { env: LINE } }
webhooks:
  - { id: cmms, url: 'https://cmms.example.jp/hook', secrets: [{ env: HOOK }], tenants: [kimitsu], severity: minor }
mqtt: { tenants: ['*'], severity: info }
allowAddresses: [192.168.10.0/24]
contacts:
  - { id: sato, name: 佐藤, language: ja, email: sato@example.jp, tenants: [{ tenant: kimitsu, role: operator }] }
`

describe('the settings of notification', () => {
  it('are read with their secrets', async () => {
    const settings = await parse(whole)
    expect(settings.email).toMatchObject({ password: 'smtp-password-1', ca: '-----CERT-----', security: 'starttls' })
    expect(settings.line).toEqual({ baseUrl: 'https://api.line.me', token: 'line-token-2' })
    expect(settings.webhooks).toEqual([{ id: 'cmms', url: 'https://cmms.example.jp/hook', secrets: [secret] }])
    expect(settings.systems.map(({ channel, target }) => `${channel} ${target}`)).toEqual(['webhook cmms', 'mqtt *'])
    expect(settings.contacts).toHaveLength(1)
  })

  it('may be empty', async () => {
    expect((await parse('')).email).toBeUndefined()
  })

  it.each([
    ['email: { host: smtp.example.jp, port: 25, security: none, from: a@b.jp }', 'only encrypted'],
    ['email: { host: localhost, port: 25, security: none, from: a@b.jp, user: x }', 'user and password come together'],
    ['email: { host: localhost, port: 25, security: none, from: nobody }', '/email/from'],
    ['line: { token: secret-in-the-file }', '/line/token'],
    ['line: { token: { env: NOT_SET } }', '$NOT_SET is not set'],
    ['line: { token: { file: nowhere } }', 'nowhere cannot be read'],
    [
      `webhooks: [{ id: a, url: 'http://x.example.jp', secrets: [{ env: HOOK }], tenants: [a], severity: info }]`,
      'allowHttp',
    ],
    [
      `webhooks: [{ id: a, url: 'https://x.example.jp', secrets: [{ env: LINE }], tenants: [a], severity: info }]`,
      'whsec_',
    ],
    ['allowAddresses: [everywhere]', 'is no network'],
    ['allowAddresses: [10.0.0.0/99]', 'is no network'],
    ['unknown: 1', 'unknown'],
    ['a: [', 'no YAML'],
  ])('with %s are refused: %s', async (text, fault) => {
    const message = await parse(text).then(
      () => '',
      (thrown: unknown) => String(thrown),
    )
    expect(message).toContain(fault)
    expect(message).not.toMatch(/smtp-password-1|line-token-2/)
  })
})
