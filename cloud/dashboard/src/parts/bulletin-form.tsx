// The form that sends a message of the disaster broadcast: written first, then looked at once more, then sent once.
import { useSignal } from '@preact/signals'
import type { BulletinBody } from '../api/bulletin-api.ts'
import type { City } from '../city/city.ts'
import { may } from '../city/session.ts'
import { t } from '../text/language.ts'
import { severityWords, urgencyWords } from './bulletin-words.ts'

const severities = ['unknown', 'minor', 'moderate', 'severe', 'extreme'] as const
const urgencies = ['immediate', 'expected', 'future'] as const
const lengths = ['1', '3', '6', '12', '24', '72'] as const
const hourMs = 3_600_000

interface Written {
  readonly tenant: string
  readonly title: string
  readonly text: string
  readonly titleEn: string
  readonly textEn: string
  readonly areas: string
  readonly severity: (typeof severities)[number]
  readonly urgency: (typeof urgencies)[number]
  readonly hours: string
  readonly isExercise: boolean
}

const nothing: Omit<Written, 'tenant'> = {
  title: '',
  text: '',
  titleEn: '',
  textEn: '',
  areas: '',
  severity: 'unknown',
  urgency: 'future',
  hours: '24',
  isExercise: false,
}

export function BulletinForm({ city, sent }: { readonly city: City; readonly sent: () => Promise<void> }) {
  const tenants = [...new Set(city.gateways.value.map(({ id }) => id.split('/')[0] ?? ''))].filter((tenant) =>
    may('issue-bulletins', tenant),
  )
  const written = useSignal<Omit<Written, 'tenant'>>(nothing)
  const chosen = useSignal<string | undefined>(undefined)
  const step = useSignal<'write' | 'check' | 'busy' | 'failed' | 'sent'>('write')
  /** The same through every try: what arrived although the answer was lost is not sent twice. */
  const identifier = useSignal('')
  const tenant = chosen.value ?? tenants[0]
  if (tenant === undefined) return null
  const whole: Written = { ...written.value, tenant }
  const change = (part: Partial<Written>): void => {
    written.value = { ...written.value, ...part }
  }
  async function send(): Promise<void> {
    step.value = 'busy'
    try {
      await city.api.bulletins.send(bodyOf(whole, identifier.value))
      written.value = nothing
      step.value = 'sent'
      await sent()
    } catch {
      step.value = 'failed'
    }
  }
  const isChecked = step.value === 'check' || step.value === 'busy' || step.value === 'failed'
  return (
    <details class="bulletin-form">
      <summary>{t('bulletin.write')}</summary>
      {step.value === 'sent' && <p role="status">{t('bulletin.isSent')}</p>}
      {isChecked ? (
        <Check
          written={whole}
          step={step.value}
          send={() => void send()}
          back={() => {
            step.value = 'write'
          }}
        />
      ) : (
        <form
          onSubmit={(event) => {
            event.preventDefault()
            identifier.value = `web-${Date.now()}-${crypto.getRandomValues(new Uint32Array(1)).join('')}`
            step.value = 'check'
          }}
        >
          {tenants.length > 1 && (
            <Choice
              label={t('bulletin.writeTenant')}
              value={tenant}
              choices={tenants.map((one) => [one, one])}
              choose={(value) => (chosen.value = value)}
            />
          )}
          <Fields written={whole} change={change} />
          <button type="submit" class="button">
            {t('bulletin.check')}
          </button>
        </form>
      )}
    </details>
  )
}

function bodyOf(written: Written, identifier: string): BulletinBody {
  const { tenant, title, text, titleEn, textEn, severity, urgency, hours, isExercise } = written
  const areas = written.areas
    .split(/[、,，\n]/)
    .map((name) => name.trim())
    .filter((name) => name !== '')
  const sent = Date.now()
  return {
    tenant,
    identifier,
    status: isExercise ? 'exercise' : 'actual',
    severity,
    urgency,
    texts: {
      ja: { title: title.trim(), text },
      ...(titleEn.trim() === '' ? {} : { en: { title: titleEn.trim(), text: textEn } }),
    },
    areas: areas.map((name) => ({ name })),
    expires: sent + Number(hours) * hourMs,
  }
}

function Fields({ written, change }: { readonly written: Written; readonly change: (part: Partial<Written>) => void }) {
  const { title, text, titleEn, textEn, areas, severity, urgency, hours, isExercise } = written
  return (
    <>
      <Line label={t('bulletin.writeTitle')} value={title} isRequired put={(value) => change({ title: value })} />
      <Lines label={t('bulletin.writeText')} value={text} put={(value) => change({ text: value })} />
      <Line label={t('bulletin.writeAreas')} value={areas} put={(value) => change({ areas: value })} />
      <div class="field-pair">
        <Choice
          label={t('bulletin.writeSeverity')}
          value={severity}
          choices={severities.map((one) => [one, t(severityWords[one])])}
          choose={(value) => change({ severity: value })}
        />
        <Choice
          label={t('bulletin.writeUrgency')}
          value={urgency}
          choices={urgencies.map((one) => [one, t(urgencyWords[one])])}
          choose={(value) => change({ urgency: value })}
        />
      </div>
      <p class="quiet">{t('bulletin.pressing')}</p>
      <Choice
        label={t('bulletin.writeHours')}
        value={hours}
        choices={lengths.map((one) => [one, t('bulletin.hours', { hours: one })])}
        choose={(value) => change({ hours: value })}
      />
      <label class="tick">
        <input
          type="checkbox"
          checked={isExercise}
          onChange={(event) => change({ isExercise: event.currentTarget.checked })}
        />
        <span>{t('bulletin.writeExercise')}</span>
      </label>
      <Line label={t('bulletin.writeTitleEn')} value={titleEn} put={(value) => change({ titleEn: value })} />
      <Lines label={t('bulletin.writeTextEn')} value={textEn} put={(value) => change({ textEn: value })} />
    </>
  )
}

function Check(props: {
  readonly written: Written
  readonly step: string
  readonly send: () => void
  readonly back: () => void
}) {
  const { written, step, send, back } = props
  const { title, text, titleEn, textEn, areas, severity, urgency, hours, isExercise } = written
  const words = [severityWords[severity], urgencyWords[urgency]]
  return (
    <div class="bulletin-check">
      <p>{t('bulletin.sure')}</p>
      <blockquote>
        <p>
          {isExercise && <b class="bulletin-mark">{t('bulletin.exercise')}</b>} <b>{title}</b>
        </p>
        <p class="bulletin-text">{text}</p>
        {titleEn !== '' && (
          <p class="bulletin-text" lang="en">
            <b>{titleEn}</b> {textEn}
          </p>
        )}
        <p class="quiet">
          {[...words.map((key) => t(key)), t('bulletin.hours', { hours }), areas]
            .filter((one) => one !== '')
            .join(' · ')}
        </p>
      </blockquote>
      {step === 'failed' && (
        <p class="fault" role="alert">
          {t('bulletin.notDone')}
        </p>
      )}
      <div class="bulletin-acts">
        <button type="button" class="button" disabled={step === 'busy'} onClick={send}>
          {t('bulletin.send')}
        </button>
        <button type="button" class="button button-outline" disabled={step === 'busy'} onClick={back}>
          {t('bulletin.back')}
        </button>
      </div>
    </div>
  )
}

function Line(props: {
  readonly label: string
  readonly value: string
  readonly isRequired?: boolean
  readonly put: (value: string) => void
}) {
  return (
    <label class="field">
      {props.label}
      <input
        value={props.value}
        maxLength={200}
        required={props.isRequired === true}
        onInput={(event) => props.put(event.currentTarget.value)}
      />
    </label>
  )
}

function Lines(props: { readonly label: string; readonly value: string; readonly put: (value: string) => void }) {
  return (
    <label class="field">
      {props.label}
      <textarea
        rows={4}
        value={props.value}
        maxLength={5000}
        onInput={(event) => props.put(event.currentTarget.value)}
      />
    </label>
  )
}

function Choice<T extends string>(props: {
  readonly label: string
  readonly value: T
  readonly choices: readonly (readonly [T, string])[]
  readonly choose: (value: T) => void
}) {
  return (
    <label class="field">
      {props.label}
      <select value={props.value} onChange={(event) => props.choose(event.currentTarget.value as T)}>
        {props.choices.map(([value, text]) => (
          <option key={value} value={value}>
            {text}
          </option>
        ))}
      </select>
    </label>
  )
}
