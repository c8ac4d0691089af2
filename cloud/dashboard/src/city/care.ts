// What is asked of one gateway from this page, and what became of it.
import { signal, type ReadonlySignal } from '@preact/signals'
import { HubError, type HubApi } from '../api/hub-api.ts'
import type { CommandBody, CommandItem } from '../api/shapes.ts'
import type { Finding } from '../../../../broker/contract/finding.ts'
import type { Clock } from '../../../../broker/contract/ports.ts'

/** The last request of a kind from this page. `unsent`: `code` as in docs/errors.md; undefined: the hub was not reached. */
export type Asked =
  | { readonly state: 'asking' }
  | { readonly state: 'answered'; readonly command: CommandItem; readonly report: Report | undefined }
  | { readonly state: 'unsent'; readonly code: string | undefined }

/** What the doctor of a gateway found. */
export interface Report {
  readonly findings: readonly Finding[]
}

export interface Care {
  /** By kind. */
  readonly asked: ReadonlySignal<ReadonlyMap<string, Asked>>
  /** Of this gateway, newest first. */
  readonly records: ReadonlySignal<readonly CommandItem[]>
  /** Never rejects; resolves when it is answered, or the hub has given it up. */
  ask(kind: CommandBody['kind'], by: string, given?: CommandBody['arguments']): Promise<void>
  /** Never rejects: what cannot be read stays as it was. */
  readRecords(): Promise<void>
}

const askEveryMs = 1_000

export function createCare(gateway: string, { api, clock }: { readonly api: HubApi; readonly clock: Clock }): Care {
  const asked = signal<ReadonlyMap<string, Asked>>(new Map())
  const records = signal<readonly CommandItem[]>([])
  const note = (kind: string, what: Asked): void => {
    asked.value = new Map([...asked.value, [kind, what]])
  }
  const readRecords = async (): Promise<void> => {
    records.value = await api.commands(gateway).catch(() => records.value)
  }

  /** The hub itself ends the waiting: a command that is not answered in its time becomes `no-answer`. */
  async function answered(first: CommandItem): Promise<CommandItem> {
    let command = first
    while (command.state === 'sent') {
      await new Promise<void>((resolve) => clock.setTimer(resolve, askEveryMs))
      command = await api.command(first.id)
    }
    return command
  }

  return {
    asked,
    records,
    readRecords,
    async ask(kind, by, given = {}) {
      note(kind, { state: 'asking' })
      try {
        const command = await answered(await api.ask(gateway, { kind, arguments: given, by }))
        const isReport = kind === 'doctor' && command.file !== null
        const report = isReport ? ((await api.commandFile(command.id)) as Report) : undefined
        note(kind, { state: 'answered', command, report })
      } catch (thrown) {
        note(kind, { state: 'unsent', code: thrown instanceof HubError ? thrown.code : undefined })
      }
      await readRecords()
    },
  }
}
