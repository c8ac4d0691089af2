// The tables of the rules that people write at a hub, and of every revision of each.
import type { Migration } from 'kysely/migration'

export interface AlarmRuleRow {
  tenant: string
  id: string
  /** From 1; a rule that is made again after it was deleted goes on counting. */
  revision: number
  /** JSON, without its id. */
  rule: string
  changed_ms: number
  changed_by: string
}

interface AlarmRuleRevisionRow {
  tenant: string
  id: string
  revision: number
  action: string
  /** JSON; null: deleted. */
  rule: string | null
  changed_ms: number
  changed_by: string
  comment: string | null
}

export interface RuleTables {
  alarm_rules: AlarmRuleRow
  alarm_rule_revisions: AlarmRuleRevisionRow
}

export const ruleMigration: Migration = {
  async up(database) {
    await database.schema
      .createTable('alarm_rules')
      .addColumn('tenant', 'text', (column) => column.notNull())
      .addColumn('id', 'text', (column) => column.notNull())
      .addColumn('revision', 'integer', (column) => column.notNull())
      .addColumn('rule', 'text', (column) => column.notNull())
      .addColumn('changed_ms', 'double precision', (column) => column.notNull())
      .addColumn('changed_by', 'text', (column) => column.notNull())
      .addPrimaryKeyConstraint('alarm_rules_key', ['tenant', 'id'])
      .execute()
    await database.schema
      .createTable('alarm_rule_revisions')
      .addColumn('tenant', 'text', (column) => column.notNull())
      .addColumn('id', 'text', (column) => column.notNull())
      .addColumn('revision', 'integer', (column) => column.notNull())
      .addColumn('action', 'text', (column) => column.notNull())
      .addColumn('rule', 'text')
      .addColumn('changed_ms', 'double precision', (column) => column.notNull())
      .addColumn('changed_by', 'text', (column) => column.notNull())
      .addColumn('comment', 'text')
      .addPrimaryKeyConstraint('alarm_rule_revisions_key', ['tenant', 'id', 'revision'])
      .execute()
  },
}
