// Back-ups of the hub, as requests to it.
import * as hub from './generated/hub-client.ts'
import type { Within } from './request-options.ts'

export type BackupState = Awaited<ReturnType<typeof hub.getBackups>>
export type BackupItem = BackupState['items'][number]

/** Rejects with HubError: `backup.busy`, `backup.target`. */
export interface BackupApi {
  state(): Promise<BackupState>
  begin(): Promise<void>
}

export function createBackupApi(within: Within): BackupApi {
  return {
    state: () => hub.getBackups(within()),
    begin: async () => void (await hub.postBackups(within())),
  }
}
