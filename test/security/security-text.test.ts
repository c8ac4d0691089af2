// security.txt at the doors of a hub (RFC 9116): over HTTPS beside EST, and beside the dashboard for the proxy in front of it.
import { mkdtemp, rm } from 'node:fs/promises'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readContact } from '../../cloud/http/security-text.ts'
import { freePorts, type Program, startProgram } from '../programs/program.ts'

let folder: string
let hub: Program | undefined

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'musubi-security-text-'))
})
afterEach(async () => {
  await hub?.end('SIGKILL')
  await rm(folder, { recursive: true })
})

async function startHub(...more: readonly string[]) {
  hub = startProgram(['hub', '--data', folder, '--no-dashboard', ...freePorts, ...more])
  const up = await hub.logged('the hub is up')
  return { http: Number(up['http']), est: Number(up['est']) }
}

const path = '/.well-known/security.txt'

function getHttps(port: number): Promise<{ readonly status: number; readonly type: string; readonly text: string }> {
  return new Promise((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port, path, rejectUnauthorized: false, agent: false }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (part: string) => (text += part))
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, type: response.headers['content-type'] ?? '', text })
      })
    })
    asked.on('error', reject)
    asked.end()
  })
}

describe('security.txt', { timeout: 120_000 }, () => {
  it('names the contact of the city, and a day within a year until which it holds', async () => {
    const { http, est } = await startHub('--security-contact', 'security@city.example')
    const answer = await getHttps(est)
    expect(answer).toMatchObject({ status: 200, type: 'text/plain; charset=utf-8' })
    expect(answer.text).toMatch(/^Contact: mailto:security@city\.example$/m)
    const expires = Date.parse(/^Expires: (\S+)$/m.exec(answer.text)?.[1] ?? '')
    expect(expires - Date.now()).toBeGreaterThan(30 * 86_400_000)
    expect(expires - Date.now()).toBeLessThan(365 * 86_400_000)
    const plain = await fetch(`http://127.0.0.1:${http}${path}`)
    expect(await plain.text()).toMatch(/^Contact: mailto:security@city\.example\nExpires: /)
  })

  it('is not there where nobody is named', async () => {
    const { http, est } = await startHub()
    expect((await getHttps(est)).status).toBe(404)
    expect((await fetch(`http://127.0.0.1:${http}${path}`)).status).toBe(404)
  })
})

it('takes an e-mail address or a URI as contact, and nothing that would add a line', () => {
  expect(readContact('a@city.example')).toBe('mailto:a@city.example')
  expect(readContact('https://city.example/report')).toBe('https://city.example/report')
  expect(readContact('tel:+81-439-00-0000')).toBe('tel:+81-439-00-0000')
  expect(readContact('')).toBeUndefined()
  for (const wrong of ['nobody', 'http://city.example', 'a@b\nPolicy: x']) {
    expect(() => readContact(wrong)).toThrow('--security-contact')
  }
})
