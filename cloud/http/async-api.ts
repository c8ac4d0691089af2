// What travels over MQTT as an AsyncAPI 3.0 document, made of the same schemas that check it.
import { Type, type TSchema } from 'typebox'
import { CommandDocument, CommandResult } from '../../broker/contract/command.ts'
import { ReportedState, SignedDesiredState } from '../../broker/contract/desired-state.ts'
import { AckDocument, StatusDocument } from '../../broker/contract/documents.ts'
import { GatewayEvent } from '../../broker/contract/event.ts'
import { LogLines } from '../../broker/contract/log-lines.ts'
import { NoticeDocument } from '../notifications/notice-document.ts'

/** RFC 8428, JSON form; CBOR uses the labels of its table 6. `q` and `qr` are Musubi's, other readers ignore them. */
const SenmlPack = Type.Array(
  Type.Object({
    bn: Type.Optional(Type.String({ description: 'Base name' })),
    bt: Type.Optional(Type.Number({ description: 'Base time, Unix seconds' })),
    n: Type.Optional(Type.String({ description: 'Name; with the base name `{device}:{channel}`' })),
    u: Type.Optional(Type.String({ description: 'SenML unit' })),
    t: Type.Optional(Type.Number({ description: 'Time, seconds relative to the base time' })),
    v: Type.Optional(Type.Number()),
    vs: Type.Optional(Type.String()),
    vb: Type.Optional(Type.Boolean()),
    ut: Type.Optional(Type.Number({ description: 'Longest time to the next reading, seconds' })),
    q: Type.Optional(Type.Union([Type.Literal('uncertain'), Type.Literal('bad')], { description: 'Absent: good' })),
    qr: Type.Optional(Type.String({ description: 'Why the quality is not good' })),
  }),
  { minItems: 1 },
)

const envelopeOf = (content: Readonly<Record<string, TSchema>>) =>
  Type.Object({
    v: Type.Literal(1),
    epoch: Type.String({ description: 'Names the outbox that it comes from' }),
    seq: Type.Integer({ minimum: 1, description: 'Rises by one per message of the epoch' }),
    prev: Type.Optional(
      Type.Integer({ description: 'Nothing between it and `seq` will ever be sent again; absent: seq − 1' }),
    ),
    ...content,
  })

type Direction = 'up' | 'down'

interface Channel {
  readonly id: string
  readonly address: string
  readonly direction: Direction
  readonly retained: boolean
  readonly summary: string
  readonly payload: TSchema
  /** Absent: CBOR or JSON. */
  readonly contentType?: string
}

const channels: readonly Channel[] = [
  channel(
    'telemetry',
    'up',
    'Readings through the outbox: stored once in effect, acknowledged on `ack`',
    envelopeOf({ pack: SenmlPack }),
  ),
  channel('event', 'up', 'What a model decided, through the same outbox', envelopeOf({ event: GatewayEvent })),
  channel(
    'senml',
    'up',
    'Readings of devices that know only MQTT and SenML; PUBACK comes when they are stored',
    SenmlPack,
  ),
  { ...channel('status', 'up', 'Birth, farewell and last will', StatusDocument), retained: true },
  {
    ...channel('reported', 'up', 'What is really running, with the result of each item', ReportedState),
    retained: true,
  },
  channel('log', 'up', 'Lines of the log, as long as a hub asked for them', LogLines),
  channel('ack', 'down', 'Everything of the epoch through this number is stored durably', AckDocument),
  { ...channel('desired', 'down', 'What is to run, signed', SignedDesiredState), retained: true },
  {
    ...channel('command', 'down', 'Something to do before it expires', CommandDocument),
    address: topic('command/{command}'),
  },
  {
    ...channel('command-result', 'up', 'What became of a command', CommandResult),
    address: topic('command/{command}/result'),
  },
  {
    ...channel(
      'notice',
      'down',
      'What is told of the alarms of a tenant, in JSON, for programs on the hub’s machine: no gateway may read it',
      NoticeDocument,
    ),
    address: 'musubi/v1/{tenant}/notice',
    contentType: 'application/json',
  },
]

function topic(rest: string): string {
  return `musubi/v1/{tenant}/{gateway}/${rest}`
}

function channel(id: string, direction: Direction, summary: string, payload: TSchema): Channel {
  return { id, address: topic(id), direction, retained: false, summary, payload }
}

const nameParameter = (description: string) => ({ description })

/** The document, as of AsyncAPI 3.0.0, from the hub's point of view: it receives what goes up and sends what goes down. */
export function asyncApi(version: string): object {
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Musubi',
      version,
      description:
        'MQTT 3.1.1, QoS 1. Each payload is JSON or CBOR (RFC 8949); the first byte tells them apart. The SAN URI ' +
        'urn:musubi:{tenant}:{gateway} of a client certificate decides the only topics that a connection may use.',
    },
    defaultContentType: 'application/cbor',
    channels: Object.fromEntries(channels.map(channelEntry)),
    operations: Object.fromEntries(channels.map(operationEntry)),
    components: { messages: Object.fromEntries(channels.map(messageEntry)) },
  }
}

function channelEntry({ id, address, summary }: Channel): [string, object] {
  const parameters = {
    tenant: nameParameter('[a-z0-9-], at most 32 characters'),
    ...(address.includes('{gateway}') ? { gateway: nameParameter('[a-z0-9-], at most 32 characters') } : {}),
    ...(address.includes('{command}') ? { command: nameParameter('[A-Za-z0-9-], at most 64 characters') } : {}),
  }
  return [id, { address, summary, parameters, messages: { [id]: { $ref: `#/components/messages/${id}` } } }]
}

function operationEntry({ id, direction, summary, retained }: Channel): [string, object] {
  const operation = {
    action: direction === 'up' ? 'receive' : 'send',
    channel: { $ref: `#/channels/${id}` },
    summary,
    bindings: { mqtt: { qos: 1, retain: retained, bindingVersion: '0.2.0' } },
  }
  return [id, operation]
}

function messageEntry({ id, summary, payload, contentType }: Channel): [string, object] {
  return [id, { name: id, summary, ...(contentType === undefined ? {} : { contentType }), payload }]
}
