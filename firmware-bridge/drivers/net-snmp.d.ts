// The part of net-snmp that is used here; the package brings no types.
declare module 'net-snmp' {
  import type { Socket } from 'node:dgram'
  import type { EventEmitter } from 'node:events'

  export interface Varbind {
    readonly oid: string
    readonly type: number
    /** Integers, counters and ticks as number; octet strings, Counter64 and Opaque as Buffer; OIDs and addresses as string. */
    readonly value: number | string | Buffer | boolean | null
  }

  export interface SessionOptions {
    readonly version?: number
    readonly port?: number
    readonly retries?: number
    readonly timeout?: number
    readonly transport?: 'udp4' | 'udp6'
    readonly backwardsGetNexts?: boolean
    readonly dgramModule?: { createSocket(type: 'udp4' | 'udp6'): Socket }
  }

  export interface User {
    readonly name: string
    readonly level: number
    readonly authProtocol?: number
    readonly authKey?: string
    readonly privProtocol?: number
    readonly privKey?: string
  }

  export interface Session extends EventEmitter {
    get(oids: readonly string[], done: (error: Error | null, varbinds?: Varbind[]) => void): void
    subtree(
      oid: string,
      maxRepetitions: number,
      feed: (varbinds: Varbind[]) => boolean | undefined,
      done: (error: Error | null) => void,
    ): void
    close(): void
  }

  /** An agent to test against. */
  export interface TestAgent {
    getAuthorizer(): { addCommunity(community: string): void }
    getMib(): { setScalarValue(name: string, value: number): void }
    registerProvider(provider: {
      readonly name: string
      readonly type: number
      readonly oid: string
      readonly scalarType: number
      readonly maxAccess: number
    }): void
    close(done: () => void): void
  }

  const snmp: {
    readonly Version2c: number
    readonly Version3: number
    readonly ObjectType: Readonly<Record<'Integer' | 'OctetString' | 'TimeTicks' | 'Counter64', number>>
    readonly MibProviderType: { readonly Scalar: number }
    readonly SecurityLevel: { readonly noAuthNoPriv: number; readonly authNoPriv: number; readonly authPriv: number }
    readonly AuthProtocols: Readonly<Record<'md5' | 'sha' | 'sha224' | 'sha256' | 'sha384' | 'sha512', number>>
    readonly PrivProtocols: Readonly<Record<'des' | 'aes' | 'aes256b' | 'aes256r', number>>
    readonly ResponseInvalidCode: Readonly<Record<string, number>>
    createSession(target: string, community: string, options: SessionOptions): Session
    createV3Session(target: string, user: User, options: SessionOptions): Session
    isVarbindError(varbind: Varbind): boolean
    createAgent(options: { port: number; address: string }, done: (error: Error | null) => void): TestAgent
  }
  export default snmp
}
