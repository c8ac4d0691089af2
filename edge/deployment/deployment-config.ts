// The `deployment` section of gateway.yaml: whose updates this gateway takes, and from where. A set can never change it.
import { resolve } from 'node:path'
import { Type, type Static } from 'typebox'

const strict = { additionalProperties: false } as const
const Integer = (minimum: number, maximum: number, example: number) =>
  Type.Integer({ minimum, maximum, examples: [example] })
const Path = (example: string) => Type.String({ minLength: 1, maxLength: 4096, examples: [example] })

export const DeploymentFile = Type.Object(
  {
    /** Public keys, Ed25519, PEM. No other key is trusted, not even that of the project's releases. */
    keys: Type.Array(Path('deploy.pub'), { minItems: 1, maxItems: 16, examples: ['[deploy.pub]'] }),
    /** A USB stick, say: an update that lies there is taken by itself. */
    folder: Type.Optional(Path('/media/musubi')),
    lookEveryS: Type.Optional(Type.Number({ minimum: 0.1, maximum: 3600, examples: [5] })),
    retryBaseMs: Type.Optional(Integer(10, 600_000, 5000)),
    retryCapMs: Type.Optional(Integer(10, 86_400_000, 600_000)),
    idleMs: Type.Optional(Integer(1000, 600_000, 60_000)),
  },
  { ...strict, examples: ['{ keys: [deploy.pub] }'] },
)
type DeploymentFile = Static<typeof DeploymentFile>

export interface DeploymentConfig {
  /** Absolute paths. */
  readonly keyFiles: readonly string[]
  readonly folder: string | undefined
  readonly lookEveryS: number
  readonly retryBaseMs: number
  readonly retryCapMs: number
  /** A request on which nothing moves for this long is given up. */
  readonly idleMs: number
}

const defaults = { lookEveryS: 5, retryBaseMs: 5_000, retryCapMs: 600_000, idleMs: 60_000 } as const

/** `base` is where relative paths begin. */
export function completedDeployment(file: DeploymentFile, base: string): DeploymentConfig {
  const { keys, folder, ...rest } = file
  return {
    ...defaults,
    ...rest,
    keyFiles: keys.map((key) => resolve(base, key)),
    folder: folder === undefined ? undefined : resolve(base, folder),
  }
}
