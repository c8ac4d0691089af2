// What stands where a part of the dashboard could not be fetched, and the way on.
import { t } from '../text/language.ts'

/** `isAway`: the hub cannot be reached at all; whoever shows this tries again by itself when it can. */
export function LoadFailed({ isAway }: { readonly isAway: boolean }) {
  return (
    <section class="load-failed" role="alert">
      <h1>{t(isAway ? 'view.offline' : 'view.failed')}</h1>
      <p>{t(isAway ? 'view.offlineAbout' : 'view.failedAbout')}</p>
      {/* A file of an older version is gone for good: only the page of the new one names those that are there. */}
      {!isAway && (
        <p>
          <button type="button" class="button" onClick={() => location.reload()}>
            {t('view.again')}
          </button>
        </p>
      )}
    </section>
  )
}
