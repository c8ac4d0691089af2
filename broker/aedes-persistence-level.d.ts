// Types for the part of aedes-persistence-level that is used; the package carries none.

declare module 'aedes-persistence-level/asyncPersistence.js' {
  import type { Readable } from 'node:stream'
  import type { AedesPublishPacket, Client, PublishPacket, Subscription } from 'aedes'

  export type StoredSubscription = Subscription & { readonly clientId: string }
  export type StoredWill = PublishPacket & { readonly clientId: string; readonly brokerId: string }
  interface ClientKey {
    readonly id: string
    readonly clean?: boolean
  }

  class AsyncLevelPersistence {
    constructor(db: object)
    setup(broker: object): Promise<void>
    storeRetained(packet: AedesPublishPacket): Promise<void>
    createRetainedStream(pattern: string): Readable
    createRetainedStreamCombi(patterns: readonly string[]): Readable
    addSubscriptions(client: Client, subscriptions: readonly Subscription[]): Promise<void>
    removeSubscriptions(client: ClientKey, topics: readonly string[]): Promise<void>
    subscriptionsByClient(client: ClientKey): Promise<Subscription[]>
    subscriptionsByTopic(topic: string): Promise<StoredSubscription[]>
    cleanSubscriptions(client: ClientKey): Promise<void>
    outgoingEnqueueCombi(subscriptions: readonly StoredSubscription[], packet: AedesPublishPacket): Promise<void>
    outgoingStream(client: ClientKey): Readable
    outgoingClearMessageId(
      client: ClientKey,
      packet: { readonly messageId?: number | undefined },
    ): Promise<AedesPublishPacket | undefined>
    incomingStorePacket(client: ClientKey, packet: PublishPacket): Promise<void>
    cleanIncoming(client: ClientKey): Promise<void>
    putWill(client: ClientKey, packet: PublishPacket): Promise<void>
    delWill(client: ClientKey): Promise<StoredWill | undefined>
    streamWill(brokers?: object): Readable
    destroy(): Promise<void>
  }
  export default AsyncLevelPersistence
}
