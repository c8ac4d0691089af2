// A hub that is killed between sending a message and writing down that it was sent: at least once, and once where there is a key.
import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, it } from 'vitest'
import { startLineStub } from './line-stub.ts'
import { emailAt, stops, undoAll } from './mail-hub.ts'
import { startSmtpReceiver } from './smtp-receiver.ts'
import { temporaryFolder } from './running-notifications.ts'
import { until } from './manual-clock.ts'
import { startWebhookReceiver } from './webhook-receiver.ts'

const program = fileURLToPath(new URL('killed-hub.ts', import.meta.url))
const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`

afterEach(undoAll)

describe('a hub that is killed', () => {
  it('at any moment of sending tells every notice, by LINE and webhook once', async () => {
    const { folder, remove } = await temporaryFolder()
    stops.push(remove)
    const mail = await startSmtpReceiver(undefined, { security: 'none' })
    const line = await startLineStub('t')
    const hook = await startWebhookReceiver(secret, Date.now)
    stops.push(mail.stop, line.stop, hook.stop)
    const settings = { email: emailAt(mail), line: line.url, hook: hook.url, secret }
    const given = JSON.stringify({ folder, settings, notices: 12 })

    // Each run is killed when so many requests more have been taken, some of them not answered yet.
    for (const more of [1, 4, 9]) {
      const before = line.requests() + hook.taken.length + mail.letters.length
      const child = fork(program, [given], { execArgv: [], stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
      const ended = new Promise<void>((resolve) => {
        child.once('exit', () => resolve())
      })
      stops.push(() => void child.kill('SIGKILL'))
      await until(() => line.requests() + hook.taken.length + mail.letters.length >= before + more, 'requests')
      child.kill('SIGKILL')
      await ended
    }

    const last = fork(program, [given], { execArgv: [], stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
    const said = new Promise<unknown>((resolve) => {
      last.once('message', resolve)
    })
    stops.push(() => void last.kill('SIGKILL'))
    const rows = (await said) as readonly { id: string; channel: string; state: string }[]
    expect(rows).toHaveLength(36)
    expect(new Set(rows.map(({ state }) => state))).toEqual(new Set(['delivered']))
    const ids = (channel: string) =>
      rows
        .filter((row) => row.channel === channel)
        .map(({ id }) => id)
        .sort()
    const mailIds = mail.letters.map((letter) => /<(.*)@/.exec(letter.header('Message-ID') ?? '')?.[1] ?? '')
    expect([...new Set(mailIds)].sort()).toEqual(ids('email'))
    expect(line.messages.map(({ retryKey }) => retryKey).sort()).toEqual(ids('line'))
    expect(hook.taken.map(({ id }) => id).sort()).toEqual(ids('webhook'))
  })
})
