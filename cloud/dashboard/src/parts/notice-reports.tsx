// Whether one is told of new citizens' reports: whoever handles them is, unless they say no.
import type { Preferences } from '../api/shapes.ts'
import type { MyNotices } from '../notices/my-notices.ts'
import { t } from '../text/language.ts'

export function NoticeReports(props: { readonly preferences: Preferences; readonly notices: MyNotices }) {
  const { preferences, notices } = props
  return (
    <section class="notice-card" aria-labelledby="reports-title">
      <h2 id="reports-title">{t('report.noticeTitle')}</h2>
      <label class="tick">
        <input
          type="checkbox"
          checked={preferences.reports !== false}
          onChange={(event) => notices.change({ reports: event.currentTarget.checked })}
        />
        <span>
          {t('report.noticeOn')}
          <br />
          <small class="quiet">{t('report.noticeAbout')}</small>
        </span>
      </label>
    </section>
  )
}
