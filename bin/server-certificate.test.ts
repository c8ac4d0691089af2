import { describe, expect, it } from 'vitest'
import { silentLog } from '../broker/contract/ports.ts'
import { createManualClock } from '../test/edge/manual-clock.ts'
import { keepServerCertificate } from './server-certificate.ts'

const dayMs = 86_400_000
const credentials = (certificatePem: string) => ({ certificatePem, keyPem: 'key', caPem: 'ca' })

describe('the server certificate', () => {
  it('is taken once when it is another, and asked for again after a failure', async () => {
    const clock = createManualClock()
    const answers = ['first', undefined, 'second', 'second']
    const used: string[] = []
    const renewal = keepServerCertificate({
      inUse: credentials('first'),
      async ask() {
        const answer = answers.shift()
        if (answer === undefined) throw new Error('no disk')
        return credentials(answer)
      },
      use: ({ certificatePem }) => void used.push(certificatePem),
      clock,
      log: silentLog,
    })
    for (let day = 0; day < 4; day += 1) await clock.advance(dayMs)
    expect(used).toEqual(['second'])
    expect(answers).toEqual([])
    renewal.cancel()
    expect(clock.pendingTimers).toBe(0)
  })
})
