// One escalation: for which alarms, and who is told after how many minutes.
import { useSignal } from '@preact/signals'
import type { EscalationBody, PolicyItem, RecipientItem, RotaItem } from '../api/shapes.ts'
import type { City } from '../city/city.ts'
import type { DutyBook } from '../notices/duty-book.ts'
import type { TextKey } from '../text/dictionary.ts'
import { t } from '../text/language.ts'
import { EditButtons } from './edit-buttons.tsx'
import { PolicyForm } from './policy-form.tsx'

type Addressee = EscalationBody['steps'][number]['to'][number]

interface PolicyProps {
  readonly policy: PolicyItem
  readonly rotas: readonly RotaItem[]
  readonly people: readonly RecipientItem[]
  readonly mayEdit: boolean
  readonly book: DutyBook
  readonly city: City
}

function addresseeText(to: Addressee, policy: PolicyItem, rotas: readonly RotaItem[]): string {
  if ('person' in to) return policy.names[to.person] ?? to.person
  const rota = rotas.find(({ tenant, id }) => tenant === policy.tenant && id === to.rota)
  return rota === undefined ? t('policy.rotaGone', { id: to.rota }) : t('policy.rotaOf', { name: rota.rota.name })
}

function topicText({ severity, siteKinds, sites }: EscalationBody['topic']): string {
  const level = severity === 'info' ? t('topic.everything') : severityText(severity)
  const kinds = (siteKinds ?? []).map((kind) => t(`kind.${kind}` satisfies TextKey)).join('、')
  const places = sites === undefined ? '' : t('policy.places', { n: sites.length })
  return [level, kinds, places].filter((part) => part !== '').join(' · ')
}

function severityText(severity: Exclude<EscalationBody['topic']['severity'], 'info'>): string {
  const name = t(`alarm.${severity}` satisfies TextKey)
  return t(severity === 'critical' ? 'topic.only' : 'topic.from', { severity: name })
}

export function PolicyCard({ policy, rotas, people, mayEdit, book, city }: PolicyProps) {
  const isEdited = useSignal(false)
  const close = (): void => void (isEdited.value = false)
  if (isEdited.value) {
    const common = { rotas, people, book, city }
    return <PolicyForm policy={policy} tenants={[policy.tenant]} close={close} {...common} />
  }
  const { name, topic, steps } = policy.policy
  return (
    <article class="notice-card duty-card" data-policy={policy.id}>
      <h3>{name}</h3>
      <p class="quiet">
        {t('policy.for')}: {topicText(topic)}
      </p>
      <ol class="policy-steps">
        {steps.map(({ afterMinutes, to }) => (
          <li key={afterMinutes}>
            <b>{afterMinutes === 0 ? t('policy.atOnce') : t('policy.at', { minutes: afterMinutes })}</b>
            <span>{to.map((one) => addresseeText(one, policy, rotas)).join('、')}</span>
          </li>
        ))}
      </ol>
      {mayEdit && (
        <EditButtons name={name} edit={() => (isEdited.value = true)} remove={() => book.removePolicy(policy)} />
      )}
    </article>
  )
}
