// A list of public places from a file: first what would become of it, then the import.
import { type Signal, useSignal } from '@preact/signals'
import type { ImportReport, PlaceKind } from '../api/desk-api.ts'
import type { City } from '../city/city.ts'
import type { TextKey } from '../text/dictionary.ts'
import { t } from '../text/language.ts'
import { ActFault } from './desk-fault.tsx'
import { useDeskAct } from './use-desk.ts'

const kinds: readonly (readonly [PlaceKind, TextKey])[] = [
  ['wifi', 'place.wifi'],
  ['shelter', 'place.shelter'],
  ['facility', 'place.facility'],
  ['streetlight', 'place.light'],
]
const outcomes: Readonly<Record<ImportReport['findings'][number]['outcome'], TextKey>> = {
  repaired: 'place.repaired',
  kept: 'place.kept',
  'left-out': 'place.leftOut',
}
const mostFindings = 200

/** UTF-8, or else what Japanese spreadsheets write (CP932). */
async function textOf(file: File): Promise<string> {
  const bytes = await file.arrayBuffer()
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return new TextDecoder('shift_jis').decode(bytes)
  }
}

export function PlaceImport(props: {
  readonly city: City
  readonly tenants: readonly string[]
  readonly imported: () => void
}) {
  const { city, tenants, imported } = props
  const tenant = useSignal<string | undefined>(undefined)
  const kind = useSignal<PlaceKind>('wifi')
  const file = useSignal<File | undefined>(undefined)
  const replace = useSignal(false)
  const report = useSignal<{ readonly found: ImportReport; readonly isTaken: boolean } | undefined>(undefined)
  const act = useDeskAct()
  const chosen = tenant.value ?? tenants[0]
  const go = async (check: boolean): Promise<void> => {
    const { value: picked } = file
    if (picked === undefined || chosen === undefined) return
    await act.run(async () => {
      const list = { tenant: chosen, kind: kind.value }
      const found = await city.api.desk.importPlaces(list, await textOf(picked), { check, replace: replace.value })
      report.value = { found, isTaken: !check }
      if (!check) imported()
    })
  }
  return (
    <form class="place-import" onSubmit={(event) => event.preventDefault()}>
      <h3>{t('place.import')}</h3>
      <ListChoice tenants={tenants} chosen={chosen} tenant={tenant} kind={kind} />
      <label class="field">
        {t('place.file')}
        <input
          type="file"
          accept=".csv,text/csv"
          onChange={(event) => {
            file.value = event.currentTarget.files?.[0]
            report.value = undefined
          }}
        />
      </label>
      <label class="check">
        <input
          type="checkbox"
          checked={replace.value}
          onChange={(event) => (replace.value = event.currentTarget.checked)}
        />
        {t('place.replace')}
      </label>
      <ActFault act={act} />
      <div class="report-buttons">
        <button
          type="button"
          class="button button-outline"
          disabled={file.value === undefined || act.isBusy.value}
          onClick={() => void go(true)}
        >
          {t('place.check')}
        </button>
        {report.value?.isTaken === false && (
          <button type="button" class="button" disabled={act.isBusy.value} onClick={() => void go(false)}>
            {t('place.take')}
          </button>
        )}
      </div>
      {report.value !== undefined && <Findings found={report.value.found} isTaken={report.value.isTaken} />}
    </form>
  )
}

/** Whose list, and which. */
function ListChoice(props: {
  readonly tenants: readonly string[]
  readonly chosen: string | undefined
  readonly tenant: Signal<string | undefined>
  readonly kind: Signal<PlaceKind>
}) {
  const { tenants, chosen, tenant, kind } = props
  return (
    <>
      {tenants.length > 1 && (
        <label class="field">
          {t('place.tenant')}
          <select value={chosen} onChange={(event) => (tenant.value = event.currentTarget.value)}>
            {tenants.map((one) => (
              <option key={one}>{one}</option>
            ))}
          </select>
        </label>
      )}
      <label class="field">
        {t('place.list')}
        <select value={kind.value} onChange={(event) => (kind.value = event.currentTarget.value as PlaceKind)}>
          {kinds.map(([value, text]) => (
            <option key={value} value={value}>
              {t(text)}
            </option>
          ))}
        </select>
      </label>
    </>
  )
}

function Findings({ found, isTaken }: { readonly found: ImportReport; readonly isTaken: boolean }) {
  const { rows, added, changed, unchanged, removed, findings } = found
  return (
    <div role="status">
      {isTaken && <p class="desk-answer">{t('place.taken')}</p>}
      <p>{t('place.wouldBe', { rows, added, changed, unchanged, removed })}</p>
      {findings.length > 0 && (
        <>
          <h4>{t('place.findings')}</h4>
          <ul class="findings">
            {findings.slice(0, mostFindings).map(({ line, column, code, outcome, was, became }, index) => (
              <li key={index}>
                <b>{t('place.line', { line, column })}</b>
                <span>{t(outcomes[outcome])}</span>
                <span class="code">{code}</span>
                <span>
                  {was} {outcome === 'repaired' && `→ ${became}`}
                </span>
              </li>
            ))}
          </ul>
        </>
      )}
    </div>
  )
}
