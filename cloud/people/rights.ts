// What each role may do: the one table that the guard, the API and docs/people.md go by.

export const roles = ['viewer', 'operator', 'engineer', 'manager', 'auditor', 'admin'] as const
export type Role = (typeof roles)[number]

/** They change nothing for others. */
export const plainRoles: readonly Role[] = ['viewer', 'operator']

/** Readings, sites, gateways, alarms and their state. */
const everybody = roles
/** Who works with the thing. */
const workers = ['operator', 'engineer', 'manager', 'admin'] as const
const technicians = ['engineer', 'admin'] as const
const overseers = ['engineer', 'manager', 'auditor', 'admin'] as const

const rolesWith = {
  /** Readings, sites, series, gateways, alarms, work orders, verdicts without their pictures. */
  see: everybody,
  /** Pictures of cameras and drones: they may show people and premises. */
  'see-pictures': ['operator', 'engineer', 'manager', 'auditor', 'admin'],
  /** Acknowledge, shelve, assign and comment alarms; work orders; maintenance windows. */
  'handle-alarms': workers,
  /** Tell a model that its verdict was wrong. */
  correct: workers,
  /** Ask a gateway to do something, read its log and fetch frames. */
  command: technicians,
  /** Who asked which gateway for what. */
  'see-commands': overseers,
  /** Sign off installations and replacements. */
  install: technicians,
  'see-installations': ['operator', 'engineer', 'manager', 'auditor', 'admin'],
  /** Roll out configurations, models, flows and programs. */
  deploy: technicians,
  'see-deployments': overseers,
  /** Alarm rules. */
  'edit-rules': ['engineer', 'manager', 'admin'],
  /** What everybody may read: publication of series and lists; the registry of public places. */
  publish: ['manager', 'admin'],
  /** Messages of the disaster broadcast, in the name of the tenant. */
  'issue-bulletins': ['manager', 'admin'],
  /** Whom notifications of the tenant go to: rotas, webhooks, escalation. */
  'edit-notification': ['manager', 'admin'],
  /** What notifications went to whom. */
  'see-notification': overseers,
  /** Messages that could not be understood, metrics. */
  operate: technicians,
  'see-people': ['manager', 'auditor', 'admin'],
  /** Tenants, persons, roles and other people's sessions and tokens. */
  'manage-people': ['admin'],
  /** Back-ups of the whole hub, which hold what every tenant has. */
  'back-up': ['admin'],
  'read-audit': ['auditor', 'admin'],
} as const satisfies Record<string, readonly Role[]>

export type Right = keyof typeof rolesWith

export const rights = Object.keys(rolesWith) as readonly Right[]

export function roleHas(role: Role, right: Right): boolean {
  const having: readonly Role[] = rolesWith[right]
  return having.includes(role)
}
