// Two hubs on one PostgreSQL database: the alarms go on at the second as if there had been one hub.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { debianPackage } from '../debian.ts'
import { startPostgresServer, type PostgresServer } from '../registry/postgres-server.ts'
import { openAlarmField, type AlarmField } from './alarm-field.ts'

const fine = { 'tank:level': 50 }
const low = { 'tank:level': 5 }

describe.skipIf(!debianPackage('postgresql'))('a hub that hands over to another', () => {
  let server: PostgresServer
  let field: AlarmField

  beforeAll(async () => {
    server = await startPostgresServer()
  })
  afterAll(() => server.stop())
  beforeEach(async () => {
    const database = { place: await server.newDatabase(), waitMs: 20_000 }
    field = await openAlarmField({ tank: ['level'] }, { database })
  })
  afterEach(() => field.stop())

  it.each([0, 1, 2, 3, 4, 5])('at step %i repeats no message and loses none', async (place) => {
    const steps = [
      () => field.send(low),
      () => field.pass(30, low),
      () =>
        field.post('/api/v1/maintenance-windows', {
          scope: 'site',
          place: 'kimitsu/paddy-koito/place',
          to: field.clock.now() + 120_000,
          reason: '清掃',
        }),
      () => field.pass(30, fine),
      () => field.pass(30, low),
      () => field.pass(150, low),
    ]
    for (const [index, step] of steps.entries()) {
      if (index === place) await field.handOver()
      await step()
    }
    expect(field.told).toEqual(['raised low tank:level', 'raised low tank:level'])
    expect(await field.lasting()).toEqual(['low tank:level'])
  })
})
