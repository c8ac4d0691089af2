// Where the hub's own database is, for every command that opens it.
import { join } from 'node:path'

/** A `postgres://` URL or a file: the flag, then MUSUBI_DATABASE, then the file in the data folder. */
export function placeOf(flags: { readonly data?: string | undefined; readonly database?: string | undefined }): string {
  const data = flags.data ?? process.env['MUSUBI_DATA'] ?? 'data'
  return flags.database ?? process.env['MUSUBI_DATABASE'] ?? join(data, 'hub', 'hub.sqlite')
}
