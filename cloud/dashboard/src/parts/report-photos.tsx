// The photos of a citizen's report: for staff alone, since the program that covers faces and vehicles may miss some.
import { useEffect } from 'preact/hooks'
import { useSignal } from '@preact/signals'
import type { ReportDetail } from '../api/desk-api.ts'
import type { City } from '../city/city.ts'
import { may } from '../city/session.ts'
import { t } from '../text/language.ts'
import { ActFault } from './desk-fault.tsx'
import { useDeskAct } from './use-desk.ts'

export function ReportPhotos(props: {
  readonly report: ReportDetail
  readonly city: City
  readonly changed: () => Promise<void>
}) {
  const { report, city, changed } = props
  const { id, number, tenant } = report
  const hashes = useSignal<readonly string[]>([])
  const act = useDeskAct()
  const maySee = may('see-pictures', tenant)
  useEffect(() => {
    if (maySee) void act.run(async () => void (hashes.value = await city.api.desk.reportPhotos(id)))
  }, [id, report.photos, maySee])
  if (!maySee) return null
  const address = (hash: string, small: boolean) =>
    city.api.address(`api/v1/citizen-reports/${id}/photos/${hash}${small ? '?small=true' : ''}`)
  const remove = (hash: string) =>
    act.run(async () => {
      await city.api.desk.removeReportPhoto(id, hash)
      await changed()
    })
  return (
    <section class="report-photos">
      <p class="quiet">{t('report.photoCare')}</p>
      <ActFault act={act} />
      <ul>
        {hashes.value.map((hash, index) => (
          <li key={hash}>
            <a href={address(hash, false)} target="_blank" rel="noreferrer">
              <img src={address(hash, true)} alt={t('report.photo', { number, n: index + 1 })} loading="lazy" />
            </a>
            <button
              type="button"
              class="button button-outline"
              disabled={act.isBusy.value}
              onClick={() => void remove(hash)}
            >
              {t('report.photoAway')}
            </button>
          </li>
        ))}
      </ul>
    </section>
  )
}
