// The topic contract: builders, one parser, and the rights that follow from an identity.
import { AppError } from './app-error.ts'

/** Who a gateway is: the SAN URI `urn:musubi:{tenant}:{gateway}` of its certificate, and the prefix of its topics. */
export interface GatewayIdentity {
  readonly tenant: string
  readonly gateway: string
}

export const upChannels = ['telemetry', 'event', 'senml', 'status', 'reported', 'log'] as const
const downChannels = ['ack', 'desired'] as const
export type UpChannel = (typeof upChannels)[number]
export type DownChannel = (typeof downChannels)[number]

export type Topic =
  | { readonly identity: GatewayIdentity; readonly kind: UpChannel | DownChannel }
  | { readonly identity: GatewayIdentity; readonly kind: 'command' | 'command-result'; readonly id: string }

const root = 'musubi/v1'
const namePattern = /^[a-z0-9-]{1,32}$/
const commandIdPattern = /^[A-Za-z0-9-]{1,64}$/

export function topicOf(identity: GatewayIdentity, kind: UpChannel | DownChannel): string {
  return `${root}/${identity.tenant}/${identity.gateway}/${kind}`
}

export function commandTopic(identity: GatewayIdentity, id: string): string {
  return `${root}/${identity.tenant}/${identity.gateway}/command/${id}`
}

export function commandResultTopic(identity: GatewayIdentity, id: string): string {
  return `${commandTopic(identity, id)}/result`
}

/** The filter by which a hub that is not inside the broker reads one channel of every gateway. */
export function everyGateway(kind: UpChannel): string {
  return `${root}/+/+/${kind}`
}

/** The filter by which a gateway receives its commands. */
export function everyCommand(identity: GatewayIdentity): string {
  return commandTopic(identity, '+')
}

/** The filter by which a hub that is not inside the broker reads the results of every gateway. */
export const everyCommandResult = `${root}/+/+/command/+/result`

/** Parses a topic of the contract; undefined for every other topic. */
export function parseTopic(topic: string): Topic | undefined {
  const [first, version, tenant, gateway, kind, id, result, ...rest] = topic.split('/')
  if (`${first}/${version}` !== root || rest.length > 0) return undefined
  if (tenant === undefined || gateway === undefined || !namePattern.test(tenant) || !namePattern.test(gateway))
    return undefined
  const identity = { tenant, gateway }
  if (kind === 'command') {
    if (id === undefined || !commandIdPattern.test(id)) return undefined
    if (result === undefined) return { identity, kind: 'command', id }
    return result === 'result' ? { identity, kind: 'command-result', id } : undefined
  }
  if (id !== undefined) return undefined
  const plain = [...upChannels, ...downChannels].find((channel) => channel === kind)
  return plain === undefined ? undefined : { identity, kind: plain }
}

/** May this gateway publish here? Only to its own upward topics. */
export function mayPublish(identity: GatewayIdentity, topic: string): boolean {
  const parsed = parseTopic(topic)
  if (parsed === undefined || !sameGateway(parsed.identity, identity)) return false
  return parsed.kind === 'command-result' || upChannels.some((channel) => channel === parsed.kind)
}

/** May this gateway subscribe to this filter? Only to its own downward topics; `command/+` is the one wildcard. */
export function maySubscribe(identity: GatewayIdentity, filter: string): boolean {
  return filter === everyCommand(identity) || downChannels.some((channel) => filter === topicOf(identity, channel))
}

export function sameGateway(a: GatewayIdentity, b: GatewayIdentity): boolean {
  return a.tenant === b.tenant && a.gateway === b.gateway
}

/** `{tenant}/{gateway}`: how a hub names a gateway, and the only MQTT client id that the gateway may use. */
export function gatewayKey(identity: GatewayIdentity): string {
  return `${identity.tenant}/${identity.gateway}`
}

/** `urn:musubi:{tenant}:{gateway}` */
export function identityUrn(identity: GatewayIdentity): string {
  return `urn:musubi:${identity.tenant}:${identity.gateway}`
}

/** Parses `urn:musubi:{tenant}:{gateway}`. Throws `identity.invalid` for anything else. */
export function parseIdentityUrn(urn: string): GatewayIdentity {
  const [scheme, namespace, tenant, gateway, ...rest] = urn.split(':')
  const known = scheme === 'urn' && namespace === 'musubi' && rest.length === 0
  if (
    !known ||
    tenant === undefined ||
    gateway === undefined ||
    !namePattern.test(tenant) ||
    !namePattern.test(gateway)
  ) {
    throw new AppError('identity.invalid', `"${urn}" is not of the form urn:musubi:{tenant}:{gateway}`)
  }
  return { tenant, gateway }
}
