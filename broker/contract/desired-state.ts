// Desired and reported state: what a city wants a gateway to run, and what it runs. One schema gives type and validation.
import { Type, type Static } from 'typebox'
import {
  artefactKinds,
  deploymentLimits,
  desiredPhases,
  itemResults,
  type ArtefactKind,
  type DesiredPhase,
  type ItemResultName,
} from './deployment-limits.ts'

const strict = { additionalProperties: false } as const
/** Unix ms; the furthest instant of the calendar, as for readings. */
const Instant = Type.Number({ minimum: 0, maximum: 9_223_372_036_000 })
const Revision = Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER })
/** `{tenant}/{gateway}` */
const GatewayKey = Type.String({ pattern: '^[a-z0-9-]{1,32}/[a-z0-9-]{1,32}$' })
/** TypeBox cannot tell the union of a mapped array; the types are said here. */
const Kind = Type.Unsafe<ArtefactKind>(Type.Union(artefactKinds.map((kind) => Type.Literal(kind))))
const Result = Type.Unsafe<ItemResultName>(Type.Union(itemResults.map((result) => Type.Literal(result))))
const Phase = Type.Unsafe<DesiredPhase>(Type.Union(desiredPhases.map((phase) => Type.Literal(phase))))

/** Names a file of the set, so it may be nothing that leads elsewhere. */
const ArtefactId = Type.String({ pattern: '^[a-z0-9][a-z0-9_-]{0,63}$' })
const Version = Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9.+_-]{0,63}$' })

/** One file of a set, known by its content. */
export const Artefact = Type.Object(
  {
    kind: Kind,
    id: ArtefactId,
    version: Version,
    sha256: Type.String({ pattern: '^[0-9a-f]{64}$' }),
    bytes: Type.Integer({ minimum: 1, maximum: deploymentLimits.artefactBytes }),
  },
  strict,
)
export type Artefact = Static<typeof Artefact>

const HourOfDay = Type.String({ pattern: '^([01]\\d|2[0-3]):[0-5]\\d$' })

/** Everything that one gateway shall run besides what is its own: identity, keys, data and whom it trusts. */
export const DesiredState = Type.Object(
  {
    v: Type.Literal(1),
    /** The one gateway that it is for. */
    gateway: GatewayKey,
    /** Rises with each document for this gateway; a lower or equal one changes nothing. */
    revision: Revision,
    /** The roll-out that it belongs to, for people. */
    rollout: Type.Optional(Type.String({ maxLength: 64 })),
    /** Each (kind, id) once, `config` and `agent` at most once. Without a config the gateway goes on with its own gateway.yaml. */
    items: Type.Array(Artefact, { maxItems: deploymentLimits.items }),
    /** The hours in which artefacts are fetched and the set is switched to, in a named zone. Absent: at any time. */
    window: Type.Optional(
      Type.Object({ from: HourOfDay, to: HourOfDay, zone: Type.Optional(Type.String({ maxLength: 64 })) }, strict),
    ),
    maxBytesPerS: Type.Optional(Type.Integer({ minimum: 1_000, maximum: 1_000_000_000 })),
    /** How long the new set is judged before it is kept. */
    probationS: Type.Integer({
      minimum: deploymentLimits.probationS.least,
      maximum: deploymentLimits.probationS.most,
    }),
  },
  strict,
)
export type DesiredState = Static<typeof DesiredState>

/** `…/desired`, retained: the text of a DesiredState and the Ed25519 signature over exactly these characters. */
export const SignedDesiredState = Type.Object(
  {
    v: Type.Literal(1),
    document: Type.String({ maxLength: deploymentLimits.documentText }),
    keyId: Type.String({ pattern: '^[0-9a-f]{16}$' }),
    signature: Type.String({ pattern: '^[A-Za-z0-9+/]{86}==$' }),
  },
  strict,
)
export type SignedDesiredState = Static<typeof SignedDesiredState>

const Reason = {
  /** A code of docs/errors.md. */
  code: Type.String({ maxLength: 64 }),
  message: Type.String({ maxLength: deploymentLimits.message }),
}

const ItemResult = Type.Object({
  kind: Kind,
  id: ArtefactId,
  version: Version,
  result: Result,
  code: Type.Optional(Reason.code),
  message: Type.Optional(Reason.message),
  /** By the clock of the gateway. */
  startedMs: Instant,
  endedMs: Instant,
})
export type ItemResult = Static<typeof ItemResult>

/** `…/reported`, retained: sent at each connection and whenever it changes. Keys of a later version are left alone. */
export const ReportedState = Type.Object({
  v: Type.Literal(1),
  timeMs: Instant,
  /** What runs now; revision 0 is the gateway.yaml that somebody put there. */
  running: Type.Object({
    revision: Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }),
    items: Type.Array(Artefact, { maxItems: deploymentLimits.items }),
    /** The version of the program that runs, as in the birth document. */
    agent: Type.Optional(Type.String({ maxLength: 128 })),
  }),
  /** The newest document that this gateway believes. */
  desired: Type.Optional(
    Type.Object({
      revision: Revision,
      phase: Phase,
      sinceMs: Instant,
      /** Why the last attempt did not succeed, while there will be another one. */
      fault: Type.Optional(Type.Object(Reason)),
      results: Type.Array(ItemResult, { maxItems: deploymentLimits.items }),
    }),
  ),
  /** The newest document that was not believed, or that came too late. */
  refused: Type.Optional(
    Type.Object({
      ...Reason,
      revision: Type.Optional(Type.Integer({ minimum: 0 })),
      /** SHA-256 of the payload as it came: which document it was, also where nothing in it can be believed. */
      payload: Type.Optional(Type.String({ pattern: '^[0-9a-f]{64}$' })),
      timeMs: Instant,
    }),
  ),
})
export type ReportedState = Static<typeof ReportedState>
