// Roles by their names, and in plain words what each may do.
import type { Membership } from '../api/people-api.ts'
import type { TextKey } from '../text/dictionary.ts'

export type Role = Membership['role']

export const roleTexts: Readonly<Record<Role, { readonly name: TextKey; readonly may: TextKey }>> = {
  viewer: { name: 'role.viewer', may: 'role.viewerMay' },
  operator: { name: 'role.operator', may: 'role.operatorMay' },
  engineer: { name: 'role.engineer', may: 'role.engineerMay' },
  manager: { name: 'role.manager', may: 'role.managerMay' },
  auditor: { name: 'role.auditor', may: 'role.auditorMay' },
  admin: { name: 'role.admin', may: 'role.adminMay' },
}

export function isRole(word: string): word is Role {
  return Object.hasOwn(roleTexts, word)
}
