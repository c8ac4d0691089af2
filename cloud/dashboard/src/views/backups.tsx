// Back-ups of the hub: whether there is a good one, one more now, and what to do when the hub is lost.
import '../style/backups.css'
import { useSignal, type Signal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import type { BackupItem, BackupState } from '../api/backup-api.ts'
import type { City } from '../city/city.ts'
import { HubError } from '../api/hub-api.ts'
import { ago, dateTime, duration } from '../format/time.ts'
import type { TextKey } from '../text/dictionary.ts'
import { language, t } from '../text/language.ts'

type Shown = Signal<BackupState | 'failed' | undefined>

/** While one is made, and otherwise. */
const askEveryMs = { running: 2_000, idle: 30_000 } as const
const dayMs = 86_400_000
/** A daily one may begin late and take its time. */
const oldMs = 1.1 * dayMs

const phases = {
  measuring: 'backup.measuring',
  files: 'backup.files',
  database: 'backup.databasePhase',
  readings: 'backup.readingsPhase',
  finishing: 'backup.finishing',
} as const satisfies Readonly<Record<string, TextKey>>

const outcomes = {
  whole: 'backup.whole',
  failed: 'backup.failed',
  'cut-off': 'backup.cut-off',
  running: 'backup.runningState',
} as const satisfies Readonly<Record<string, TextKey>>

const elsewhere = {
  readings: 'backup.readings',
  database: 'backup.database',
  images: 'backup.images',
} as const satisfies Readonly<Record<string, TextKey>>

const faults: Readonly<Record<string, TextKey>> = {
  'backup.busy': 'backup.busy',
  'backup.target': 'backup.noTarget',
  'backup.disk-full': 'backup.diskFull',
  'backup.unfinished': 'backup.hubStopped',
}

/** `code`: as in docs/errors.md; undefined: the hub was not reached. */
function faultText(code: string | undefined): string {
  return t(faults[code ?? ''] ?? (code === undefined ? 'backup.notReached' : 'backup.otherFault'))
}

export function Backups({ city }: { readonly city: City }) {
  const shown: Shown = useSignal(undefined)
  const refusal = useSignal<string | undefined>(undefined)
  const load = async (): Promise<void> => {
    shown.value = await city.api.backups.state().catch(() => 'failed' as const)
  }
  const isRunning = typeof shown.value === 'object' && shown.value.running !== null
  useEffect(() => void load(), [city])
  useEffect(() => {
    const timer = setInterval(() => void load(), askEveryMs[isRunning ? 'running' : 'idle'])
    return () => clearInterval(timer)
  }, [city, isRunning])
  const begin = async (): Promise<void> => {
    refusal.value = undefined
    await city.api.backups.begin().catch((thrown: unknown) => {
      refusal.value = faultText(thrown instanceof HubError ? thrown.code : undefined)
    })
    await load()
  }
  const state = shown.value
  return (
    <>
      <h1>{t('backup.title')}</h1>
      <p class="lead">{t('backup.lead')}</p>
      {state === undefined && <p class="quiet">{t('app.loading')}</p>}
      {state === 'failed' && (
        <p class="fault" role="alert">
          {t('backup.failedToLoad')}
        </p>
      )}
      {typeof state === 'object' && (
        <>
          <Standing state={state} />
          <Act state={state} begin={() => void begin()} refusal={refusal.value} />
          <Settings state={state} />
          <h2>{t('backup.list')}</h2>
          {state.items.length === 0 && <p class="empty">{t('backup.empty')}</p>}
          <ul class="backup-list">
            {state.items.map((item) => (
              <Row key={item.id} item={item} />
            ))}
          </ul>
          <Restore state={state} />
        </>
      )}
    </>
  )
}

/** The answer first: is there a good one? */
function Standing({ state }: { readonly state: BackupState }) {
  const { folder, place, items, external, notRemoved } = state
  const newest = items.find((item) => item.state === 'whole')
  const time = newest === undefined ? '' : dateTime(newest.startedAt, language.value)
  const since = newest === undefined ? '' : ago(newest.startedAt, Date.now(), language.value)
  const isOld = newest !== undefined && Date.now() - newest.startedAt > oldMs
  const parts = external.map((part) => t(elsewhere[part])).join(', ')
  return (
    <div class="backup-standing">
      {folder === null && <p class="backup-note backup-warn">{t('backup.noPlace')}</p>}
      {folder !== null && place === null && (
        <p class="backup-note backup-bad" role="alert">
          {t('backup.placeGone')}
        </p>
      )}
      {folder !== null && newest === undefined && place !== null && (
        <p class="backup-note backup-warn">{t('backup.none')}</p>
      )}
      {newest !== undefined && (
        <p class={`backup-note ${isOld ? 'backup-warn' : 'backup-good'}`} role="status">
          {t(isOld ? 'backup.old' : 'backup.last', { time, ago: since })}
        </p>
      )}
      {place?.sameDisk === true && <p class="backup-note backup-warn">{t('backup.sameDisk')}</p>}
      {notRemoved > 0 && <p class="backup-note backup-warn">{t('backup.notRemoved', { n: notRemoved })}</p>}
      {external.length > 0 && <p class="backup-note backup-warn">{t('backup.external', { parts })}</p>}
    </div>
  )
}

function Act(props: { readonly state: BackupState; readonly begin: () => void; readonly refusal: string | undefined }) {
  const { state, begin, refusal } = props
  const { running } = state
  return (
    <div class="backup-act">
      {running === null ? (
        <button type="button" class="button" disabled={state.place === null} onClick={begin}>
          {t('backup.now')}
        </button>
      ) : (
        <label class="backup-running">
          {t('backup.running', { phase: t(phases[running.phase]) })}
          <progress {...(running.ofBytes === 0 ? {} : { value: running.bytes, max: running.ofBytes })} />
        </label>
      )}
      {refusal !== undefined && (
        <p class="fault" role="alert">
          {t('backup.refused', { reason: refusal })}
        </p>
      )}
    </div>
  )
}

function Settings({ state }: { readonly state: BackupState }) {
  const { folder, place, daily, nextAt, keep } = state
  if (folder === null) return null
  const facts: readonly (readonly [TextKey, string])[] = [
    ['backup.place', folder],
    ...(place === null ? [] : [['backup.free', sizeText(place.freeBytes)] as const]),
    ['backup.daily', daily === null ? t('backup.never') : t('backup.dailyAt', { time: daily })],
    ...(nextAt === null ? [] : [['backup.next', dateTime(nextAt, language.value)] as const]),
    ['backup.keep', t('backup.keepNewest', { n: keep })],
  ]
  return (
    <dl class="backup-facts">
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{t(name)}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  )
}

function Row({ item }: { readonly item: BackupItem }) {
  const { state, startedAt, finishedAt, bytes, newBytes, code, reason } = item
  const length = finishedAt === null ? '' : duration(finishedAt - startedAt, language.value)
  return (
    <li class={`backup-row backup-is-${state}`}>
      <strong>{dateTime(startedAt, language.value)}</strong>
      <span class="backup-state">{t(outcomes[state])}</span>
      <span class="quiet">{whoText(item)}</span>
      {bytes !== null && newBytes !== null && (
        <span class="quiet">{t('backup.size', { size: sizeText(bytes), new: sizeText(newBytes), time: length })}</span>
      )}
      {code !== null && (
        <small class="backup-reason">
          {faultText(code)} <span class="code">{code}</span>{' '}
          {reason !== null && faults[code] === undefined && <span class="code">{reason}</span>}
        </small>
      )}
    </li>
  )
}

function whoText({ cause, by }: BackupItem): string {
  if (cause === 'schedule') return t('backup.bySchedule')
  return cause === 'person' && by !== 'open' ? t('backup.byPerson', { name: by }) : t('backup.byHand')
}

function Restore({ state }: { readonly state: BackupState }) {
  const newest = state.items.find((item) => item.state === 'whole')
  return (
    <section>
      <h2>{t('backup.restore')}</h2>
      <p>{t('backup.restoreAbout')}</p>
      <code class="backup-command">
        musubi restore {state.folder ?? '/mnt/backups'}/{newest?.id ?? '20261124T023000Z'} --data /var/lib/musubi
      </code>
      <p>{t('backup.keys')}</p>
    </section>
  )
}

function sizeText(bytes: number): string {
  const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const
  const step = Math.min(units.length - 1, bytes < 1 ? 0 : Math.floor(Math.log10(bytes) / 3))
  const unit = units[step] ?? 'byte'
  const rule = { style: 'unit', unit, maximumSignificantDigits: 3 } as const
  return new Intl.NumberFormat(language.value, rule).format(bytes / 1000 ** step)
}
