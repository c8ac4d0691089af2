import { readFile } from 'node:fs/promises'
import { Ajv } from 'ajv'
import { describe, expect, it } from 'vitest'
import { commandResultTopic, commandTopic, mayPublish, maySubscribe, topicOf } from '../../broker/contract/topics.ts'
import { asyncApi } from '../../cloud/http/async-api.ts'

interface Document {
  readonly channels: Readonly<Record<string, { readonly address: string }>>
  readonly operations: Readonly<Record<string, { readonly action: 'send' | 'receive' }>>
}

const document = JSON.parse(JSON.stringify(asyncApi('1'))) as Document
const identity = { tenant: 'kimitsu', gateway: 'paddy-koito' }

describe('the AsyncAPI document', () => {
  it('is one, as the schema of its standard says', async () => {
    const schema = new URL(import.meta.resolve('@asyncapi/specs/schemas/3.0.0.json'))
    // The schema carries draft-07 with it, by the same name as the checker's own.
    const ajv = new Ajv({ strict: false, meta: false, validateSchema: false, validateFormats: false })
    const isValid = ajv.compile(JSON.parse(await readFile(schema, 'utf8')) as object)
    expect(isValid(document), JSON.stringify(isValid.errors)).toBe(true)
    expect(isValid({ ...document, operations: { x: { action: 'eat' } } })).toBe(false)
  })

  it('names the topics of the contract, in the direction that a gateway may use them', () => {
    const addresses = Object.entries(document.channels).map(([id, { address }]) => {
      const topic = address.replace('{tenant}', identity.tenant).replace('{gateway}', identity.gateway)
      return [id, topic.replace('{command}', 'c-1')] as const
    })
    const plain = ['telemetry', 'event', 'senml', 'status', 'reported', 'log', 'ack', 'desired'] as const
    expect(addresses.map(([, topic]) => topic).toSorted()).toEqual(
      [
        ...plain.map((kind) => topicOf(identity, kind)),
        commandTopic(identity, 'c-1'),
        commandResultTopic(identity, 'c-1'),
        'musubi/v1/kimitsu/notice',
      ].toSorted(),
    )
    for (const [id, topic] of addresses.filter(([name]) => name !== 'notice')) {
      const isUp = document.operations[id]?.action === 'receive'
      expect(mayPublish(identity, topic), topic).toBe(isUp)
      if (!isUp) expect(maySubscribe(identity, topic.replace(/c-1$/, '+')), topic).toBe(true)
    }
  })
})
