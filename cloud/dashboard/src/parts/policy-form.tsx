// An escalation as a form: which alarms, and step by step who is told.
import { type Signal, useSignal } from '@preact/signals'
import type { EscalationBody, PolicyItem, RecipientItem, RotaItem, Topic } from '../api/shapes.ts'
import type { City } from '../city/city.ts'
import { type DutyBook, newId, ofTenant } from '../notices/duty-book.ts'
import type { TextKey } from '../text/dictionary.ts'
import { t } from '../text/language.ts'
import { FormEnd } from './form-end.tsx'
import { Chips, SeverityField, TopicPlaces } from './notice-topics.tsx'
import { TenantField } from './rota-form.tsx'
import { useRevisedDraft } from './use-revised-draft.ts'

interface PolicyFormProps {
  /** Undefined: a new one. */
  readonly policy: PolicyItem | undefined
  readonly tenants: readonly string[]
  readonly rotas: readonly RotaItem[]
  readonly people: readonly RecipientItem[]
  readonly book: DutyBook
  readonly city: City
  readonly close: () => void
}

type Addressee = EscalationBody['steps'][number]['to'][number]

interface StepDraft {
  readonly minutes: string
  readonly to: readonly Addressee[]
}

interface Draft {
  readonly name: string
  readonly topic: Topic
  readonly steps: readonly StepDraft[]
}

const maxSteps = 10

function draftOf(policy: EscalationBody | undefined): Draft {
  const steps = policy?.steps.map(({ afterMinutes, to }) => ({ minutes: String(afterMinutes), to }))
  return {
    name: policy?.name ?? '',
    topic: policy?.topic ?? { severity: 'major' },
    steps: steps ?? [
      { minutes: '0', to: [] },
      { minutes: '15', to: [] },
    ],
  }
}

/** The policy, or what is wrong with the draft. */
function policyOf({ name, topic, steps }: Draft): EscalationBody | TextKey {
  const made = steps.map(({ minutes, to }) => ({ afterMinutes: Number(minutes), to: [...to] }))
  const isMissing = steps.some(({ minutes, to }) => minutes.trim() === '' || to.length === 0)
  if (name.trim() === '' || made.length === 0 || isMissing) return 'duty.missing'
  const isRising = made.every(({ afterMinutes }, index) => afterMinutes > (made[index - 1]?.afterMinutes ?? -1))
  if (!isRising) return 'policy.rising'
  // The tenant is the policy's own.
  const { tenants: _, ...place } = topic
  return { name: name.trim(), topic: place, steps: made }
}

export function PolicyForm({ policy, tenants, rotas, people, book, city, close }: PolicyFormProps) {
  const tenant = useSignal(policy?.tenant ?? tenants[0] ?? '')
  const { draft, fault, stale, submit } = useRevisedDraft({
    item: policy,
    draftOf: (item) => draftOf(item?.policy),
    bodyOf: policyOf,
    save: (body, seen) => book.savePolicy(tenant.value, policy?.id ?? newId('policy'), body, seen),
    newest: (item) => book.newestPolicy(item.tenant, item.id),
    close,
  })
  const { name, topic, steps } = draft.value
  const setTopic = (changed: Topic): void => void (draft.value = { ...draft.value, topic: changed })
  const choices = addresseesOf(tenant.value, rotas, people)
  return (
    <form class="notice-card notice-form duty-form" onSubmit={submit}>
      <h3>{policy === undefined ? t('policy.new') : policy.policy.name}</h3>
      {policy === undefined && <TenantField tenant={tenant} tenants={tenants} />}
      <label class="field">
        {t('rota.name')}
        <input
          type="text"
          maxLength={80}
          value={name}
          onInput={(event) => (draft.value = { ...draft.value, name: event.currentTarget.value })}
        />
      </label>
      <SeverityField
        label={t('policy.for')}
        value={topic.severity}
        choose={(severity) => setTopic({ ...topic, severity })}
      />
      <TopicPlaces topic={topic} change={setTopic} city={city} />
      {steps.map((_step, index) => (
        <Step key={index} draft={draft} index={index} choices={choices} />
      ))}
      {steps.length < maxSteps && (
        <button
          type="button"
          class="button button-outline notice-press"
          onClick={() => (draft.value = { ...draft.value, steps: [...steps, nextStep(steps)] })}
        >
          {t('policy.addStep')}
        </button>
      )}
      <FormEnd fault={fault} stale={stale} close={close} />
    </form>
  )
}

function nextStep(steps: readonly StepDraft[]): StepDraft {
  return { minutes: String(Number(steps.at(-1)?.minutes ?? 0) + 15), to: [] }
}

interface AddresseeChoice {
  readonly value: string
  readonly text: string
  readonly addressee: Addressee
}

function addresseesOf(
  tenant: string,
  rotas: readonly RotaItem[],
  people: readonly RecipientItem[],
): readonly AddresseeChoice[] {
  const ofRotas = rotas
    .filter((rota) => rota.tenant === tenant)
    .map(({ id, rota }) => ({
      value: `rota ${id}`,
      text: t('policy.rotaOf', { name: rota.name }),
      addressee: { rota: id },
    }))
  const ofPeople = ofTenant(people, tenant).map(({ id, name }) => ({
    value: `person ${id}`,
    text: name,
    addressee: { person: id },
  }))
  return [...ofRotas, ...ofPeople]
}

function valueOf(to: Addressee): string {
  return 'rota' in to ? `rota ${to.rota}` : `person ${to.person}`
}

function Step(props: {
  readonly draft: Signal<Draft>
  readonly index: number
  readonly choices: readonly AddresseeChoice[]
}) {
  const { draft, index, choices } = props
  const { steps } = draft.value
  const step = steps[index]
  if (step === undefined) return null
  const change = (changed: StepDraft): void => {
    draft.value = { ...draft.value, steps: steps.with(index, changed) }
  }
  const toggle = (value: string): void => {
    const isChosen = step.to.some((one) => valueOf(one) === value)
    const added = choices.filter((choice) => choice.value === value).map(({ addressee }) => addressee)
    change({ ...step, to: isChosen ? step.to.filter((one) => valueOf(one) !== value) : [...step.to, ...added] })
  }
  const shown = choices.map(({ value, text }) => ({
    value,
    text,
    isChosen: step.to.some((one) => valueOf(one) === value),
  }))
  return (
    <fieldset class="notice-topic">
      <legend>{t('policy.step', { n: index + 1 })}</legend>
      <label class="field">
        {t('policy.minutes')}
        <input
          type="number"
          min={0}
          max={10_080}
          inputMode="numeric"
          value={step.minutes}
          onInput={(event) => change({ ...step, minutes: event.currentTarget.value })}
        />
      </label>
      <Chips label={t('policy.to')} choices={shown} toggle={toggle} />
      {steps.length > 1 && (
        <button
          type="button"
          class="button button-outline notice-small"
          aria-label={t('policy.removeStep', { n: index + 1 })}
          onClick={() => (draft.value = { ...draft.value, steps: steps.toSpliced(index, 1) })}
        >
          {t('duty.remove')}
        </button>
      )}
    </fieldset>
  )
}
