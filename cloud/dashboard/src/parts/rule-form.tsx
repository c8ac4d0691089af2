// Writing a rule: what it says, where it looks, when it raises; tried over the past before it is saved.
import { useSignal } from '@preact/signals'
import { useMemo } from 'preact/hooks'
import { HubError } from '../api/hub-api.ts'
import type { RuleDocument, RuleItem } from '../api/rule-api.ts'
import type { City } from '../city/city.ts'
import { person } from '../city/person.ts'
import { severityRank } from '../city/merge.ts'
import { faultText } from '../rules/fault-words.ts'
import { completed, newId, textAt } from '../rules/rule-draft.ts'
import { kindText } from '../rules/rule-words.ts'
import { routeHash } from '../router.ts'
import type { TextKey } from '../text/dictionary.ts'
import { localized, t } from '../text/language.ts'
import { kindKeys } from './kind-icon.tsx'
import { PersonName } from './person-name.tsx'
import { channelsOf } from './rule-channel.tsx'
import { type Draft, draftOf, RulePick, RuleText } from './rule-fields.tsx'
import { RuleCondition } from './rule-kinds.tsx'
import { RulePreviewPanel } from './rule-preview.tsx'
import { severityText } from './state-mark.tsx'

export interface RuleFormProps {
  readonly tenant: string
  /** What is there already; undefined: a new one. */
  readonly item: RuleItem | undefined
  readonly begin: RuleDocument
  readonly rules: readonly RuleItem[]
  readonly city: City
  /** It was saved or taken back. */
  readonly done: () => void
  readonly reload: () => void
}

interface Refusal {
  readonly text: TextKey
  readonly faults: readonly string[]
  readonly isStale: boolean
}

function refusalOf(thrown: unknown, rules: readonly RuleItem[]): Refusal {
  const { code, faults = [] } = thrown instanceof HubError ? thrown : { code: undefined }
  const lines = [...new Set(faults.map((fault) => faultText(fault, rules)))]
  if (code === 'rule.stale') return { text: 'rule.stale', faults: [], isStale: true }
  if (code === 'rule.invalid') return { text: 'rule.invalid', faults: lines, isStale: false }
  if (code === 'request.rate') return { text: 'rule.previewBusy', faults: [], isStale: false }
  return { text: 'rule.failed', faults: [], isStale: false }
}

export function RuleForm(props: RuleFormProps) {
  const { tenant, item, begin, rules, city, done, reload } = props
  const rule = useSignal(begin)
  const refusal = useSignal<Refusal | undefined>(undefined)
  const isBusy = useSignal(false)
  const id = useMemo(() => item?.id ?? newId(begin.kind), [item, begin])
  const place = { tenant, id, revision: item?.source === 'own' ? item.revision : 0 }
  const draft = draftOf(rule.value, (next) => {
    rule.value = next
    refusal.value = undefined
  })
  const written = (): RuleDocument => completed({ ...rule.value, id })
  /** Leaves the form where it is done. */
  async function attempt(work: () => Promise<void>): Promise<void> {
    isBusy.value = true
    refusal.value = undefined
    try {
      await work()
      done()
    } catch (thrown) {
      refusal.value = refusalOf(thrown, rules)
    } finally {
      isBusy.value = false
    }
  }
  const save = (document: RuleDocument) => attempt(() => city.api.rules.save(place, document, person.value))
  const isNameless = titleOf(rule.value) === ''
  return (
    <form
      class="rule-form"
      onSubmit={(event) => {
        event.preventDefault()
        void save(written())
      }}
    >
      <Channels city={city} />
      <What draft={draft} />
      {'match' in begin && <Where draft={draft} city={city} />}
      <RuleCondition draft={draft} city={city} rules={rules} />
      <RulePreviewPanel
        tenant={tenant}
        written={written}
        city={city}
        refused={(thrown) => (refusal.value = refusalOf(thrown, rules))}
      />
      <section class="notice-card" aria-labelledby="rule-save">
        <h2 id="rule-save">{t('rule.save')}</h2>
        <PersonName />
        {isNameless && <p class="quiet">{t('rule.nameFirst')}</p>}
        {refusal.value !== undefined && <Refused refusal={refusal.value} reload={reload} />}
        <div class="alarm-acts">
          <button type="submit" class="button" disabled={isBusy.value || isNameless}>
            {t('rule.saveGo')}
          </button>
          {item !== undefined && (
            <button
              type="button"
              class="button button-outline"
              disabled={isBusy.value}
              onClick={() => void save({ ...written(), disabled: item.rule.disabled !== true })}
            >
              {t(item.rule.disabled === true ? 'rule.enable' : 'rule.disable')}
            </button>
          )}
          <a class="button button-outline" href={routeHash({ view: 'rules' })}>
            {t('rule.cancel')}
          </a>
        </div>
        {item?.source === 'own' && (
          <TakeBack
            isOverFile={rules.some((other) => other.source === 'file' && other.id === item.id)}
            isBusy={isBusy.value}
            remove={() => void attempt(() => city.api.rules.remove(place, person.value))}
          />
        )}
      </section>
      <Whole draft={draft} change={(next) => (rule.value = next)} />
    </form>
  )
}

function titleOf(rule: RuleDocument): string {
  return (textAt(rule, '/title/ja') + textAt(rule, '/title/en')).trim()
}

function What({ draft }: { readonly draft: Draft }) {
  return (
    <section class="notice-card" aria-labelledby="rule-what">
      <h2 id="rule-what">{t('rule.what')}</h2>
      <p class="quiet">{kindText(draft.rule.kind)}</p>
      <RuleText draft={draft} path="/title/ja" label="rule.titleJa" hint="rule.titleHint" />
      <RuleText draft={draft} path="/advice/ja" label="rule.adviceJa" hint="rule.adviceHint" maxLength={500} />
      <details>
        <summary>{t('rule.english')}</summary>
        <RuleText draft={draft} path="/title/en" label="rule.titleEn" />
        <RuleText draft={draft} path="/advice/en" label="rule.adviceEn" maxLength={500} />
      </details>
      <RulePick
        draft={draft}
        path="/severity"
        label="rule.severity"
        options={Object.keys(severityRank).map((value) => ({ value, text: severityText(value as 'major') }))}
      />
    </section>
  )
}

/** The button that was pressed may be in another section. */
const intoView = (element: HTMLElement | null) => element?.scrollIntoView({ block: 'nearest' })

function Refused({ refusal, reload }: { readonly refusal: Refusal; readonly reload: () => void }) {
  return (
    <div class="fault" role="alert" ref={intoView}>
      <p>{t(refusal.text)}</p>
      {refusal.faults.length > 0 && (
        <ul>
          {refusal.faults.map((fault) => (
            <li key={fault}>{fault}</li>
          ))}
        </ul>
      )}
      {refusal.isStale && (
        <button type="button" class="button button-outline notice-press" onClick={reload}>
          {t('rule.reload')}
        </button>
      )}
    </div>
  )
}

function TakeBack(props: { readonly isOverFile: boolean; readonly isBusy: boolean; readonly remove: () => void }) {
  const isAsking = useSignal(false)
  if (!isAsking.value) {
    return (
      <button type="button" class="button button-outline notice-press" onClick={() => (isAsking.value = true)}>
        {t(props.isOverFile ? 'rule.toStandard' : 'rule.delete')}
      </button>
    )
  }
  return (
    <div class="warn" role="alert">
      <p>{t(props.isOverFile ? 'rule.toStandardSure' : 'rule.deleteSure')}</p>
      <div class="alarm-acts">
        <button type="button" class="button" disabled={props.isBusy} onClick={props.remove}>
          {t(props.isOverFile ? 'rule.toStandardGo' : 'rule.deleteGo')}
        </button>
        <button type="button" class="button button-outline" onClick={() => (isAsking.value = false)}>
          {t('rule.keep')}
        </button>
      </div>
    </div>
  )
}

function Where({ draft, city }: { readonly draft: Draft; readonly city: City }) {
  const sites = city.sites.value.map(({ id, name }) => ({ value: id, text: localized(name) }))
  const kinds = Object.entries(kindKeys).map(([value, key]) => ({ value, text: t(key) }))
  return (
    <section class="notice-card" aria-labelledby="rule-where">
      <h2 id="rule-where">{t('rule.where')}</h2>
      <RulePick draft={draft} path="/match/site" label="rule.site" none="rule.everySite" options={sites} />
      <RulePick draft={draft} path="/match/siteKind" label="rule.siteKind" none="filter.any" options={kinds} />
      <details>
        <summary>{t('rule.whereMore')}</summary>
        <RuleText draft={draft} path="/match/profile" label="rule.ofProfile" hint="rule.profileHint" />
        {draft.rule.kind !== 'event' && (
          <RuleText draft={draft} path="/match/device" label="rule.device" hint="rule.globHint" />
        )}
        <RuleText draft={draft} path="/match/gateway" label="rule.gateway" hint="rule.globHint" />
      </details>
    </section>
  )
}

/** What the fields for a measured quantity offer. */
function Channels({ city }: { readonly city: City }) {
  return (
    <datalist id="rule-channels">
      {[...channelsOf(city)].map(([channel, label]) => (
        <option key={channel} value={channel} label={label} />
      ))}
    </datalist>
  )
}

/** What no field shows: companions, places that are set otherwise, nested combinations. */
function Whole({ draft, change }: { readonly draft: Draft; readonly change: (rule: RuleDocument) => void }) {
  const fault = useSignal(false)
  function take(text: string): void {
    try {
      change({ ...(JSON.parse(text) as RuleDocument), kind: draft.rule.kind })
      fault.value = false
    } catch {
      fault.value = true
    }
  }
  return (
    <details class="rule-whole">
      <summary>{t('rule.whole')}</summary>
      <label class="field">
        {t('rule.wholeHint')}
        <textarea
          rows={16}
          spellcheck={false}
          value={JSON.stringify(draft.rule, null, 2)}
          onChange={(event) => take(event.currentTarget.value)}
        />
      </label>
      {fault.value && (
        <p class="fault" role="alert">
          {t('rule.noJson')}
        </p>
      )}
    </details>
  )
}
