// Who may publish and subscribe to which topic, as one table over every channel of the AsyncAPI document; one without a row fails.
import { connect as connectTls, type ConnectionOptions } from 'node:tls'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type GatewayIdentity, gatewayKey } from '../../broker/contract/topics.ts'
import { asyncApi } from '../../cloud/http/async-api.ts'
import { type RunningBroker, runBroker, WireClient } from './running-broker.ts'

const own = { tenant: 'kimitsu', gateway: 'paddy-koito' }
/** Of the same tenant, of another one, and two whose names begin or end like something that is not theirs. */
const strangers = {
  'a gateway beside it': { tenant: 'kimitsu', gateway: 'paddy-south' },
  'a gateway of another tenant': { tenant: 'futtsu', gateway: 'paddy-koito' },
  'a gateway with the beginning of its name': { tenant: 'kimitsu', gateway: 'paddy-koit' },
  'a gateway called notice': { tenant: 'kimitsu', gateway: 'notice' },
} as const satisfies Record<string, GatewayIdentity>

/** What the gateway of the topic may do there; every other gateway may do nothing, and programs on the hub's machine all. */
const rows: Readonly<Record<string, 'publish' | 'subscribe' | 'nothing'>> = {
  telemetry: 'publish',
  event: 'publish',
  senml: 'publish',
  status: 'publish',
  reported: 'publish',
  log: 'publish',
  ack: 'subscribe',
  desired: 'subscribe',
  command: 'subscribe',
  'command-result': 'publish',
  // Of the tenant, for programs that read it at the hub.
  notice: 'nothing',
}

const documented = Object.entries(
  (asyncApi('1') as { readonly channels: Readonly<Record<string, { readonly address: string }>> }).channels,
).map(([id, { address }]) => ({ id, address }))
const channels = documented.some(({ id }) => id === 'notice')
  ? documented
  : [...documented, { id: 'notice', address: 'musubi/v1/{tenant}/notice' }]

function topicOf(address: string, { tenant, gateway }: GatewayIdentity, command = 'c-1'): string {
  return address.replace('{tenant}', tenant).replace('{gateway}', gateway).replace('{command}', command)
}

/** Each level open in turn, everything below each level, and all of it through a shared subscription. */
function widened(topic: string): readonly string[] {
  const levels = topic.split('/')
  const open = levels.map((_, index) => levels.with(index, '+').join('/'))
  const below = levels.map((_, index) => [...levels.slice(0, index), '#'].join('/'))
  const whole = [`${topic}/#`, `${topic}/+`, `/${topic}`, `${topic}/`, topic.toUpperCase()]
  const plain = [topic, ...open, ...below, ...whole]
  return [...plain, ...plain.map((filter) => `$share/group/${filter}`), `$queue/${topic}`, `$SYS/${topic}`]
}

const systemFilters = [
  '#',
  '+',
  '+/#',
  '$SYS/#',
  '$SYS/+',
  '$SYS/broker/clients',
  '$share/group/$SYS/#',
  '/#',
  '$share/#',
]

describe('the rights at topics', () => {
  let running: RunningBroker
  const taken: string[] = []
  const keys = new Map<string, ConnectionOptions>()

  beforeAll(async () => {
    running = await runBroker({ tap: ({ topic, identity }) => void taken.push(`${topic} of ${gatewayKey(identity)}`) })
  })
  afterAll(() => running.stop())

  const connect = async (identity: GatewayIdentity, more: Parameters<typeof WireClient.connect>[1] = {}) => {
    const id = gatewayKey(identity)
    const options = keys.get(id) ?? (await running.tlsOptions(identity))
    keys.set(id, options)
    return await WireClient.connect(connectTls(options), { clientId: id, ...more })
  }
  const granted = async (client: WireClient, filters: readonly string[]) => {
    const since = client.received.length
    client.send({ cmd: 'subscribe', messageId: 7, subscriptions: filters.map((topic) => ({ topic, qos: 1 as const })) })
    const answers = (await client.next('suback', since)).granted
    return filters.filter((_, index) => answers[index] !== 0x80)
  }
  /** Topics of `all` at which a PUBLISH closed nothing and was acknowledged. */
  const published = async (identity: GatewayIdentity, all: readonly string[]) => {
    const passed: string[] = []
    let client = await connect(identity)
    for (const topic of all) {
      if (client.closed) client = await connect(identity)
      const since = client.received.length
      client.send({ cmd: 'publish', topic, payload: 'x', qos: 1, messageId: 3, dup: false, retain: false })
      await client.until(() => client.closed || client.received.length > since)
      if (!client.closed) passed.push(topic)
    }
    await client.close()
    return passed
  }
  const addresses = (identity: GatewayIdentity) => channels.map(({ address }) => topicOf(address, identity))

  it('are written here for every channel of the AsyncAPI document, and for no other', () => {
    expect(documented.map(({ id }) => id).filter((id) => rows[id] === undefined)).toEqual([])
    expect(Object.keys(rows).toSorted()).toEqual(channels.map(({ id }) => id).toSorted())
  })

  it('of a gateway at its own topics are those of the table, to publish', async () => {
    const allowed = channels.filter(({ id }) => rows[id] === 'publish').map(({ address }) => topicOf(address, own))
    taken.length = 0
    expect(await published(own, addresses(own))).toEqual(allowed)
    expect(taken).toEqual(allowed.map((topic) => `${topic} of ${gatewayKey(own)}`))
  })

  it('of a gateway at its own topics are those of the table, to subscribe, and no wildcard but that of commands', async () => {
    const filters = [...new Set([...addresses(own).flatMap(widened), ...systemFilters])]
    const client = await connect(own)
    const commands = topicOf('musubi/v1/{tenant}/{gateway}/command/+', own)
    const plain = ['ack', 'desired'].map((id) => topicOf(`musubi/v1/{tenant}/{gateway}/${id}`, own))
    expect((await granted(client, filters)).toSorted()).toEqual([...plain, commands].toSorted())
    await client.close()
  })

  it.each(Object.entries(strangers))('of %s at the topics of that gateway are none', async (_who, identity) => {
    const before = taken.length
    const topics = addresses(own)
    expect(await published(identity, topics)).toEqual([])
    expect(taken.slice(before)).toEqual([])
    const client = await connect(identity)
    const filters = [...new Set(topics.flatMap(widened))]
    expect(await granted(client, filters)).toEqual([])
    await client.close()
    for (const topic of topics) {
      const will = { topic, payload: Buffer.from('x'), qos: 1, retain: true } as const
      const refused = await connect(identity, { will })
      expect(await refused.next('connack')).toMatchObject({ returnCode: 5 })
      await refused.close()
    }
  })

  it('are not widened by the name and token of a person, and nobody comes in by these alone', async () => {
    const person = { username: 'k-admin', password: Buffer.from('musubi_token') }
    const client = await connect(strangers['a gateway beside it'], person)
    expect(await granted(client, [...addresses(own), ...systemFilters])).toEqual([])
    await client.close()
    const { cert: _cert, key: _key, ...anonymous } = await running.tlsOptions(own)
    const nobody = new WireClient(connectTls(anonymous))
    await nobody.until(() => nobody.closed)
    expect(nobody.received).toEqual([])
  })

  it('deliver nothing of one to another, while its own and those of the hub come', async () => {
    const everybody = [own, ...Object.values(strangers)]
    const gateways = await Promise.all(everybody.map((identity) => connect(identity)))
    const hub = await running.connectOperator()
    expect(await hub.subscribe('#')).toEqual([1])
    const all = [...everybody.flatMap(addresses), ...systemFilters, '$share/group/#']
    for (const client of gateways) await granted(client, all.concat(everybody.map((one) => commandsOf(one))))
    const programs = await running.connectOperator()
    for (const topic of new Set(everybody.flatMap(addresses))) await programs.publish(topic, 'secret')
    const down = channels.filter(({ id }) => rows[id] === 'subscribe')
    for (const [index, identity] of everybody.entries()) {
      const due = down.map(({ address }) => `${topicOf(address, identity)} secret`)
      const client = gateways[index]
      await client?.until(() => due.every((message) => client.messages.includes(message)))
      await client?.settled()
      expect([...new Set(client?.messages)].toSorted()).toEqual(due.toSorted())
      await client?.close()
    }
    await hub.until(() => hub.messages.length >= new Set(everybody.flatMap(addresses)).size)
    await Promise.all([hub.close(), programs.close()])
  })

  it('of a program on the hub’s machine end at what the broker says of itself', async () => {
    const program = await running.connectOperator()
    program.send({ cmd: 'publish', topic: '$SYS/x', payload: 'x', qos: 1, messageId: 3, dup: false, retain: false })
    await program.until(() => program.closed)
    expect(program.received.map(({ cmd }) => cmd)).toEqual(['connack'])
  })

  function commandsOf(identity: GatewayIdentity): string {
    return topicOf('musubi/v1/{tenant}/{gateway}/command/+', identity)
  }
})
