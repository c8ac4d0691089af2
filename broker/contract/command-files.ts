// Files that a gateway sends with the result of a command, over the hub's HTTPS listener: where to, and how large.

/** `PUT` by the gateway that the command was sent to, with `content-type` and `content-digest: sha-256=:…:` (RFC 9530). */
export const commandFilePath = (id: string): string => `/commands/${id}/file`

export const commandFileLimits = {
  bytes: 20 * 2 ** 20,
  /** Characters of its name. */
  name: 100,
} as const

export const commandFileTypes = ['application/json', 'image/jpeg', 'image/png'] as const
export type CommandFileType = (typeof commandFileTypes)[number]

/** A file that the hub has. */
export interface CommandFile {
  readonly name: string
  readonly type: CommandFileType
  readonly bytes: number
  /** Hexadecimal. */
  readonly sha256: string
}
