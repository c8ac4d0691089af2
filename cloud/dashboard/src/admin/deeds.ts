// What an action of the audit log was, in words; one that has none here is shown as it is.
import type { TextKey } from '../text/dictionary.ts'

/** The first that fits. */
const deeds: readonly (readonly [RegExp, TextKey])[] = [
  [/^session\.begun$/, 'did.sessionBegun'],
  [/^session\.refused$/, 'did.sessionRefused'],
  [/^DELETE \/api\/v1\/sessions?\b/, 'did.sessionEnded'],
  [/^password\.set$|\/me\/password$/, 'did.passwordSet'],
  [/\/me\/(?:totp|passkeys|recovery-codes)|^(?:recovery-code|passkey)\./, 'did.factorSet'],
  [/^right\.refused$/, 'did.refused'],
  [/^POST \/api\/v1\/people$/, 'did.invited'],
  [/^POST \/api\/v1\/people\/.*\/reset$/, 'did.personReset'],
  [/^PATCH \/api\/v1\/people\//, 'did.personChanged'],
  [/^DELETE \/api\/v1\/people\//, 'did.personRemoved'],
  [/^POST \/api\/v1\/tenants$/, 'did.tenantAdded'],
  [/^PUT \/api\/v1\/tenants\//, 'did.tenantChanged'],
  [/^POST \/api\/v1\/tokens$/, 'did.tokenMade'],
  [/^DELETE \/api\/v1\/tokens\//, 'did.tokenRevoked'],
  [/\/api\/v1\/(?:alarms|storms)\/|^alarm\./, 'did.alarmHandled'],
  [/\/api\/v1\/work-orders\b/, 'did.order'],
  [/\/api\/v1\/maintenance-windows\b/, 'did.maintenance'],
  [/\/api\/v1\/rules\b|^rule\./, 'did.rule'],
  [/\/api\/v1\/(?:rotas|escalations)\//, 'did.duty'],
  [/\/api\/v1\/(?:notifications|deliveries)\b/, 'did.notification'],
  [/\/api\/v1\/gateways\/.*\/commands$/, 'did.command'],
  [/\/api\/v1\/(?:deployments|artefacts)\b/, 'did.rollout'],
  [/\/api\/v1\/installations$/, 'did.installed'],
  [/\/api\/v1\/[a-z]+-settings\b/, 'did.settings'],
  [/\/api\/v1\/events\/.*\/correction$/, 'did.corrected'],
  [/\/api\/v1\/(?:places|publications?|open-data)\b/, 'did.openData'],
  [/\/api\/v1\/bulletins\b|^bulletin\./, 'did.bulletin'],
  [/\/api\/v1\/crowding\b/, 'did.crowding'],
  [/\/api\/v1\/backups$/, 'did.backup'],
  [/\/api\/v1\/citizen-reports\b/, 'did.report'],
]

/** What a subject begins with, in the words of the hub. */
const kinds: readonly (readonly [string, TextKey])[] = [
  ['person ', 'about.person'],
  ['tenant ', 'about.tenant'],
  ['token ', 'about.token'],
  ['work order ', 'about.order'],
  ['roll-out ', 'about.rollout'],
  ['field ', 'about.field'],
]

/** A kind of thing, where the hub names one, and its name. */
export function subjectOf(subject: string): { readonly kind: TextKey | undefined; readonly name: string } {
  const found = kinds.find(([word]) => subject.startsWith(word))
  return found === undefined
    ? { kind: undefined, name: subject }
    : { kind: found[1], name: subject.slice(found[0].length) }
}

export function deedOf(action: string): TextKey | undefined {
  return deeds.find(([pattern]) => pattern.test(action))?.[1]
}
