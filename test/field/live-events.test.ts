import { once } from 'node:events'
import { createServer, type Server, type ServerResponse } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createManualClock } from '../edge/manual-clock.ts'
import { LiveEvents } from '../../edge/local-page/live-events.ts'
import type { LiveReadings } from '../../edge/local-page/live-readings.ts'

/** More than the buffers of a socket take, so that a phone which reads nothing leaves its stream in the middle of a message. */
const large = 'x'.repeat(8 * 1024 * 1024)

describe('the live stream of the local page', () => {
  const clock = createManualClock()
  const faults: Error[] = []
  const responses: ServerResponse[] = []
  let lasts: boolean
  let events: LiveEvents
  let server: Server
  let phones: Socket[]

  beforeEach(async () => {
    faults.length = 0
    responses.length = 0
    phones = []
    lasts = true
    events = new LiveEvents({ turn: 1, since: () => [] } as unknown as LiveReadings, () => ({ large }), clock)
    server = createServer((_, response) => {
      response.on('error', (fault) => faults.push(fault))
      responses.push(response)
      events.open(response, () => lasts)
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
  })
  afterEach(() => {
    events.close()
    for (const phone of phones) phone.destroy()
    server.close()
  })

  async function openStream(): Promise<void> {
    const phone = connect((server.address() as AddressInfo).port, '127.0.0.1').pause()
    phone.on('error', () => undefined)
    phones.push(phone)
    phone.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n')
    await once(server, 'request')
  }

  it('lets the oldest go for a ninth phone, also when the oldest takes nothing any more', async () => {
    for (let phone = 0; phone < 9; phone += 1) await openStream()
    expect(responses[0]?.destroyed).toBe(true)
    expect(responses[1]?.destroyed).toBe(false)
    await clock.advance(1000)
    await new Promise((resolve) => setImmediate(resolve))
    expect(faults).toEqual([])
  })

  it('ends with the session that it was opened in', async () => {
    await openStream()
    const [response] = responses
    lasts = false
    await clock.advance(500)
    expect(response?.destroyed).toBe(true)
  })
})
