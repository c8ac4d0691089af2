// The shapes of work orders in the HTTP API.
import { Type, type Static, type TSchema } from 'typebox'
import { LocalizedText } from '../../broker/contract/documents.ts'
import { Severity } from '../alarms/rules/rule.ts'
import { workOrderStates, type WorkOrderState } from './work-order.ts'
import { maxAlarmsOfOrder } from './work-orders.ts'

const strict = { additionalProperties: false } as const
const nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()])
const State = Type.Unsafe<WorkOrderState>(Type.Union(workOrderStates.map((state) => Type.Literal(state))))
const Person = Type.String({ minLength: 1, maxLength: 128 })

export const WorkOrderItem = Type.Object({
  id: Type.String(),
  number: Type.Integer({ description: 'What people call it by' }),
  tenant: Type.String(),
  state: State,
  title: LocalizedText,
  severity: Severity,
  gateway: Type.String({ description: 'Empty: no alarm began it, but what a citizen reported' }),
  site: nullable(Type.String()),
  alarms: Type.Array(Type.String(), { description: 'Ids of the alarms that it is about' }),
  assignee: nullable(Type.String()),
  begunAt: Type.Number({ description: 'When the trouble began' }),
  openedAt: Type.Number(),
  dispatchedAt: nullable(Type.Number()),
  fixedAt: nullable(Type.Number()),
  closedAt: nullable(Type.Number()),
  repairS: nullable(Type.Number({ description: 'From the beginning of the trouble to its repair' })),
})
export type WorkOrderItem = Static<typeof WorkOrderItem>

const WorkOrderLogItem = Type.Object({
  time: Type.Number(),
  action: Type.String(),
  by: nullable(Type.String()),
  detail: nullable(Type.String({ description: 'Of a photo: its hash' })),
})

export const WorkOrderDetail = Type.Object({ ...WorkOrderItem.properties, log: Type.Array(WorkOrderLogItem) })

/** `under-way`: neither verified nor cancelled. */
export const WorkOrdersQuery = Type.Object({
  state: Type.Optional(Type.Union([Type.Literal('under-way'), Type.Literal('all')], { default: 'under-way' })),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 500, default: 100 })),
  cursor: Type.Optional(Type.String({ pattern: '^[0-9]{1,15}$', description: '`next` of the page before' })),
})
export type WorkOrdersQuery = Static<typeof WorkOrdersQuery>

export const WorkOrdersPage = Type.Object({
  items: Type.Array(WorkOrderItem),
  next: nullable(Type.String({ description: 'The `cursor` of the next page; null: there is none' })),
})

export const WorkOrderParams = Type.Object({ id: Type.String({ maxLength: 64 }) })
export type WorkOrderParams = Static<typeof WorkOrderParams>

export const NewWorkOrder = Type.Object(
  {
    alarms: Type.Array(Type.String({ maxLength: 128 }), { minItems: 1, maxItems: maxAlarmsOfOrder }),
    title: Type.Optional(LocalizedText),
    assignee: Type.Optional(Person),
    by: Type.Optional(Person),
  },
  strict,
)
export type NewWorkOrder = Static<typeof NewWorkOrder>

export const WorkOrderChangeBody = Type.Object(
  {
    state: Type.Optional(State),
    assignee: Type.Optional(nullable(Person)),
    comment: Type.Optional(Type.String({ minLength: 1, maxLength: 1_000 })),
    by: Type.Optional(Person),
  },
  strict,
)
export type WorkOrderChangeBody = Static<typeof WorkOrderChangeBody>
