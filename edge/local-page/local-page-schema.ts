// The section `localPage` of gateway.yaml: where the page listens, and the hash of the engineer's code. Absent: nothing listens.
import { Type, type Static } from 'typebox'
import { passwordHashPattern } from '../../firmware-bridge/mqtt/password-hash.ts'
import type { LocalPageConfig } from './local-page.ts'

const example = 'scrypt$16384$8$1$…, made by `npx musubi setup code`'

export const LocalPageFile = Type.Object(
  {
    /** Default 8480; 0: a free one. */
    port: Type.Optional(Type.Integer({ minimum: 0, maximum: 65_535, examples: [8480] })),
    /** The address to listen on; default every one. */
    host: Type.Optional(Type.String({ minLength: 1, maxLength: 255, examples: ['192.168.4.1'] })),
    code: Type.String({ pattern: passwordHashPattern, examples: [example] }),
  },
  { additionalProperties: false, examples: [`{ code: ${example} }`] },
)
type LocalPageFile = Static<typeof LocalPageFile>

export const localPagePort = 8480

export function completedLocalPage(file: LocalPageFile | undefined): LocalPageConfig | undefined {
  if (file === undefined) return undefined
  return { port: file.port ?? localPagePort, host: file.host ?? '0.0.0.0', code: file.code }
}
