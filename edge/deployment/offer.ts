// A document that came to the gateway, from the hub or on a USB stick, and the watch over the folders where one may lie.
import { join } from 'node:path'
import { toAppError } from '../../broker/contract/app-error.ts'
import type { Clock, Log, Timer } from '../../broker/contract/ports.ts'
import type { FilePort } from './file-port.ts'

export interface Offer {
  /** The signed document, as it came. */
  readonly bytes: Uint8Array
  /** The folder that it came from; undefined: the hub. */
  readonly folder: string | undefined
}

export interface FolderWatchOptions {
  readonly folders: readonly string[]
  /** Of the document in each. */
  readonly name: string
  readonly everyMs: number
  readonly files: Pick<FilePort, 'read'>
  readonly clock: Clock
  readonly log: Log
  readonly onOffer: (offer: Offer) => void
}

const maxDocumentBytes = 1_000_000

/** Looks at once and then every so often; a document is offered when it has changed since the last look. */
export function watchFolders(options: FolderWatchOptions): Timer {
  const { folders, name, everyMs, files, clock, log, onOffer } = options
  const seen = new Map<string, Buffer>()
  let cancelled = false
  let timer: Timer | undefined
  const look = async (): Promise<void> => {
    for (const folder of folders) {
      try {
        const bytes = await files.read(join(folder, name))
        const isNew = bytes !== undefined && seen.get(folder)?.equals(bytes) !== true
        if (bytes === undefined) seen.delete(folder)
        else seen.set(folder, bytes)
        if (bytes !== undefined && isNew && bytes.length <= maxDocumentBytes && !cancelled) onOffer({ bytes, folder })
      } catch (thrown) {
        // A stick that is pulled out while it is read.
        log.warn({ folder, reason: toAppError(thrown, 'internal').message }, 'a folder of updates cannot be read')
      }
    }
    if (!cancelled) timer = clock.setTimer(() => void look(), everyMs)
  }
  void look()
  return {
    cancel() {
      cancelled = true
      timer?.cancel()
    },
  }
}
