// The routes of `/api/v1` by which a line is taught another part, one step a request; each step is a command to its gateway.
import type { FastifyInstance } from 'fastify'
import { AppError } from '../../broker/contract/app-error.ts'
import type { CommandDocument } from '../../broker/contract/command.ts'
import type { GatewayEvent } from '../../broker/contract/event.ts'
import type { Commands } from '../commands/commands.ts'
import { Problem } from '../http/schemas.ts'
import { tenantOfKey, type TenantScope } from '../people/principal.ts'
import { actorOf } from '../people/request-principal.ts'
import { parseEventId } from '../events/event-id.ts'
import type { Factories } from './factories.ts'
import { LineParams } from './factory-schemas.ts'
import { commandFilePath, TeachAnswer, TeachBody, TeachingItem } from './teaching-schemas.ts'

const problems = { '4xx': Problem, '5xx': Problem }
const tags = ['factories']
/** A frame may be waited for, and a model loaded and checked. */
const stepLifeMs = 90_000

export function addTeachingRoutes(
  server: FastifyInstance,
  factories: Factories,
  commands: Pick<Commands, 'ask'>,
): void {
  server.get<{ Params: LineParams }>(
    '/api/v1/lines/:line/teaching',
    {
      config: { right: 'see' },
      schema: {
        tags,
        summary: 'How far the teaching of another part is, as the gateway told it',
        params: LineParams,
        response: { 200: TeachingItem, ...problems },
      },
    },
    async ({ params, scope }) => await factories.teaching(params.line, scope),
  )
  server.post<{ Params: LineParams; Body: TeachBody }>(
    '/api/v1/lines/:line/teaching',
    {
      config: { right: 'correct' },
      schema: {
        tags,
        summary:
          'One step: begin, example, remove, fit, activate, discard; or roll-back to what judged the same part before',
        description:
          '409 `teach.state`: the step does not fit now, `gateway.offline`: nothing was sent. 410: the gateway has the picture no more. ' +
          '504: the gateway did not answer; look at the state before the step is sent again.',
        params: LineParams,
        body: TeachBody,
        response: { 200: TeachAnswer, ...problems },
      },
    },
    async (step) => {
      const { params, body } = step
      const { gateway, device } = factories.line(params.line, step.scope)
      step.audited = { subject: `teach ${body.step} ${params.line}`, tenant: tenantOfKey(params.line) }
      const given = { inspection: device.id, ...(await argumentsOf(step, factories, device.id)) }
      const by = actorOf(step, undefined)
      const asked = { gateway: gateway.id, kind: 'teach', arguments: given, by, remote: step.ip, lifeMs: stepLifeMs }
      const { id, result } = await commands.ask(asked)
      const { state, message, file } = result
      return {
        state: state === 'accepted' ? 'accepted' : 'done',
        example: body.step === 'example' ? (message ?? null) : null,
        picture: file === undefined ? null : commandFilePath(id),
      }
    },
  )
}

/** What the gateway is told: of a verdict, its frame. Throws `not-found`, `event.not-correctable`. */
async function argumentsOf(
  { body, scope, params }: { readonly body: TeachBody; readonly scope: TenantScope; readonly params: LineParams },
  factories: Factories,
  inspection: string,
): Promise<CommandDocument['arguments']> {
  if (body.step !== 'example' || body.event === undefined) return { ...body }
  const { step, judgement, event: id } = body
  const stored = await factories.event(parseEventId(id))
  const isOfLine =
    stored !== undefined && `${stored.gateway}/${inspection}` === params.line && stored.source === inspection
  if (!isOfLine || !scope.allowsKey(stored.gateway)) throw new AppError('not-found', `there is no event ${id}`)
  const frame = (JSON.parse(stored.body) as GatewayEvent).detail?.['frame']
  if (typeof frame !== 'string') {
    throw new AppError('event.not-correctable', `the gateway keeps no picture of the event ${id}`)
  }
  return { step, judgement, frame }
}
