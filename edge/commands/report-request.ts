// What the agent asks of the process that makes a report and sends it to the hub, and what that answers.
import type { CommandFile } from '../../broker/contract/command-files.ts'
import type { DeviceCondition } from '../device-poller.ts'
import type { SetConfigPlaces } from '../deployment/set-config.ts'

/** What only the running agent knows. */
export interface AgentFacts {
  /** `{tenant}/{gateway}` */
  readonly gateway: string
  readonly dataFolder: string
  readonly agentVersion: string
  readonly rssBytes: number
  readonly devices: readonly { readonly id: string; readonly condition: DeviceCondition }[]
  /** As on `/metrics`. */
  readonly metrics: string
  /** The last lines of its log, oldest first. */
  readonly log: readonly string[]
}

export interface HubDoor {
  /** `https://host:port` */
  readonly url: string
  readonly caFile: string
  readonly certificateFile: string
  readonly keyFile: string
}

/** Lies in a file of mode 600, whose path is the only word of the process: a command line has room for less. */
export type ReportRequest = { readonly command: string; readonly hub: HubDoor } & (
  | {
      readonly kind: 'doctor' | 'diagnostic-bundle'
      readonly configPlaces: SetConfigPlaces
      readonly facts: AgentFacts
    }
  | { readonly kind: 'frame'; readonly name: string; readonly type: 'image/jpeg' | 'image/png'; readonly file: string }
)

export interface ReportAnswer {
  readonly file: CommandFile
  /** One line for a person. */
  readonly message: string
}
