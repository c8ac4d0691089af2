// The parts of Node-RED that are used here, as its documentation of embedding and of nodes describes them; it brings no types.
declare module 'node-red' {
  import type { EventEmitter } from 'node:events'
  import type { RequestListener, Server } from 'node:http'

  export interface NodeStatus {
    readonly fill?: 'red' | 'green' | 'yellow' | 'blue' | 'grey'
    readonly shape?: 'ring' | 'dot'
    readonly text?: string
  }

  export type NodeMessage = Record<string, unknown>

  export interface FlowNode {
    readonly id: string
    readonly name?: string
    on(
      event: 'input',
      heard: (
        this: FlowNode,
        message: NodeMessage,
        send: (message: NodeMessage) => void,
        done: (error?: Error) => void,
      ) => void,
    ): void
    on(event: 'close', heard: () => void): void
    send(message: NodeMessage): void
    status(status: NodeStatus): void
  }

  /** What a node's own module is called with. */
  export interface NodeApi {
    readonly nodes: {
      createNode(node: FlowNode, config: object): void
      registerType(this: void, type: string, constructor: (this: FlowNode, config: never) => void): void
    }
    readonly settings: object
    /** An express application; absent without the editor. */
    readonly httpAdmin?: {
      get(path: string, answer: (request: object, response: { json(value: unknown): void }) => void): void
    }
  }

  interface RedRuntime {
    init(server: Server, settings: object): void
    start(): Promise<void>
    stop(): Promise<void>
    readonly httpAdmin: RequestListener
    readonly events: EventEmitter
  }

  const RED: RedRuntime
  export default RED
}
