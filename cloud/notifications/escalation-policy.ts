// What happens to an alarm that nobody acknowledges: who is told next, after how many minutes.
import { Type, type Static } from 'typebox'
import type { AlarmNotice } from './notice.ts'
import { fitsTopic, type NoticeFacts, Topic } from './preferences.ts'

const strict = { additionalProperties: false } as const
const Id = Type.String({ pattern: '^[a-z0-9-]{1,64}$' })
const maxSteps = 10

const Addressee = Type.Union([
  Type.Object({ rota: Id }, { ...strict, description: 'Whoever is on call by this rota at that moment' }),
  Type.Object({ person: Type.String({ minLength: 1, maxLength: 128 }) }, strict),
])
export type Addressee = Static<typeof Addressee>

export const EscalationBody = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 80 }),
    /** Which alarms; the tenant is the policy's own. */
    topic: Type.Omit(Topic, ['tenants']),
    steps: Type.Array(
      Type.Object(
        {
          afterMinutes: Type.Number({ minimum: 0, maximum: 7 * 1440, description: 'Since the alarm was told first' }),
          to: Type.Array(Addressee, { minItems: 1, maxItems: 20 }),
        },
        strict,
      ),
      { minItems: 1, maxItems: maxSteps },
    ),
  },
  strict,
)
export type EscalationBody = Static<typeof EscalationBody>

export interface EscalationPolicy {
  readonly id: string
  readonly tenant: string
  readonly body: EscalationBody
  /** Rises with each change. */
  readonly revision: number
}

export function escalationFaults({ steps }: EscalationBody): readonly string[] {
  const rising = steps.every((step, index) => index === 0 || step.afterMinutes > (steps[index - 1]?.afterMinutes ?? 0))
  return rising ? [] : ['each step comes later than the one before: afterMinutes must rise']
}

/** Only what begins an alarm, or makes it worse, climbs. */
export function climbs(policy: EscalationPolicy, notice: AlarmNotice, facts: NoticeFacts): boolean {
  const begins = notice.kind === 'raised' || notice.kind === 'worsened' || notice.kind === 'reopened'
  return begins && policy.tenant === notice.tenant && fitsTopic(policy.body.topic, notice, facts)
}
