// The tables of roll-outs in the hub's database: what each gateway shall run, what it says it runs, and who decided it when.
import type { Migration } from 'kysely/migration'

export interface RolloutRow {
  id: string
  name: string
  /** A RolloutState. */
  state: string
  created_ms: number
  created_by: string
  /** The wave that is under way, from 0. */
  wave: number
  waves: number
  wave_started_ms: number
  max_failures: number
  /** Failures that a person has seen and gone on with. */
  accepted_failures: number
  patience_s: number
  /** Why it was halted. */
  reason: string | null
}

export interface RolloutGatewayRow {
  rollout: string
  /** `{tenant}/{gateway}` */
  gateway: string
  wave: number
  revision: number
  /** SignedDesiredState, JSON. */
  document: string
  /** A GatewayProgress. */
  state: string
  code: string | null
  message: string | null
  updated_ms: number
}

interface ReportedStateRow {
  gateway: string
  /** ReportedState, JSON. */
  document: string
  received_ms: number
}

interface DeploymentAuditRow {
  time_ms: number
  /** Rises with each entry that one run of the hub makes: it tells the order of those of one millisecond. */
  turn: number
  actor: string
  /** Address from which it was asked; empty for the hub itself. */
  remote: string
  action: string
  rollout: string
  detail: string
}

export interface DeploymentTables {
  rollouts: RolloutRow
  rollout_gateways: RolloutGatewayRow
  reported_states: ReportedStateRow
  deployment_audit: DeploymentAuditRow
}

export const deploymentMigration: Migration = {
  async up(database) {
    const { schema } = database
    await schema
      .createTable('rollouts')
      .addColumn('id', 'text', (column) => column.primaryKey())
      .addColumn('name', 'text', (column) => column.notNull())
      .addColumn('state', 'text', (column) => column.notNull())
      .addColumn('created_ms', 'double precision', (column) => column.notNull())
      .addColumn('created_by', 'text', (column) => column.notNull())
      .addColumn('wave', 'integer', (column) => column.notNull())
      .addColumn('waves', 'integer', (column) => column.notNull())
      .addColumn('wave_started_ms', 'double precision', (column) => column.notNull())
      .addColumn('max_failures', 'integer', (column) => column.notNull())
      .addColumn('accepted_failures', 'integer', (column) => column.notNull())
      .addColumn('patience_s', 'double precision', (column) => column.notNull())
      .addColumn('reason', 'text')
      .execute()
    await schema
      .createTable('rollout_gateways')
      .addColumn('rollout', 'text', (column) => column.notNull())
      .addColumn('gateway', 'text', (column) => column.notNull())
      .addColumn('wave', 'integer', (column) => column.notNull())
      .addColumn('revision', 'bigint', (column) => column.notNull())
      .addColumn('document', 'text', (column) => column.notNull())
      .addColumn('state', 'text', (column) => column.notNull())
      .addColumn('code', 'text')
      .addColumn('message', 'text')
      .addColumn('updated_ms', 'double precision', (column) => column.notNull())
      .addPrimaryKeyConstraint('rollout_gateways_key', ['rollout', 'gateway'])
      .execute()
    await schema
      .createIndex('rollout_gateways_by_gateway')
      .on('rollout_gateways')
      .columns(['gateway', 'revision'])
      .execute()
    await schema
      .createTable('reported_states')
      .addColumn('gateway', 'text', (column) => column.primaryKey())
      .addColumn('document', 'text', (column) => column.notNull())
      .addColumn('received_ms', 'double precision', (column) => column.notNull())
      .execute()
    await schema
      .createTable('deployment_audit')
      .addColumn('time_ms', 'double precision', (column) => column.notNull())
      .addColumn('actor', 'text', (column) => column.notNull())
      .addColumn('remote', 'text', (column) => column.notNull())
      .addColumn('action', 'text', (column) => column.notNull())
      .addColumn('rollout', 'text', (column) => column.notNull())
      .addColumn('detail', 'text', (column) => column.notNull())
      .execute()
  },
}

export const auditOrderMigration: Migration = {
  async up(database) {
    await database.schema
      .alterTable('deployment_audit')
      .addColumn('turn', 'integer', (column) => column.notNull().defaultTo(0))
      .execute()
  },
}
