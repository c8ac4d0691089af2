// The page: head, the view that the address names, foot.
import type { City } from './city/city.ts'
import { PageHead } from './parts/page-head.tsx'
import { stale } from './parts/stale.ts'
import { ShownView } from './parts/shown-view.tsx'
import { t } from './text/language.ts'

/** The hash is the address of the view, so that the link to the content moves the focus by script. */
function focusContent(event: MouseEvent): void {
  event.preventDefault()
  document.getElementById('content')?.focus()
}

export function App({ city }: { readonly city: City }) {
  return (
    <>
      <a class="skip" href="#content" onClick={focusContent}>
        {t('app.skip')}
      </a>
      <PageHead city={city} />
      <main id="content" tabIndex={-1} class={stale.value ? 'stale' : undefined}>
        <ShownView city={city} />
      </main>
      <footer class="foot">
        <p>
          {t('app.credits')} <a href="./docs">{t('app.api')}</a>
        </p>
      </footer>
    </>
  )
}
