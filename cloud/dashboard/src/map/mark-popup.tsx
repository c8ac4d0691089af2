// What the city's map says of a chosen mark, or of each of a group: its name, state and what it is part of, and the way to its page.
import { useEffect, useRef } from 'preact/hooks'
import type { City } from '../city/city.ts'
import { headlinesOf } from '../city/headline.ts'
import { t } from '../text/language.ts'
import { LayerIcon, layerKeys, MarkBadge } from './mark-words.tsx'
import type { Mark } from './marks.ts'
import { PopupClose } from './popup-close.tsx'
import { PopupValues } from './popup-values.tsx'

interface PopupProps {
  readonly marks: readonly Mark[]
  readonly city: City
  readonly close: () => void
  readonly zoom: () => void
}

export function MarkPopup({ marks, city, close, zoom }: PopupProps) {
  const element = useRef<HTMLElement>(null)
  const ids = marks.map(({ id }) => id).join(' ')
  useEffect(() => element.current?.querySelector<HTMLElement>('a, button')?.focus({ preventScroll: true }), [ids])
  const [only] = marks
  const title = marks.length === 1 && only !== undefined ? only.name : t('citymap.group', { n: marks.length })
  return (
    <section class={`popup${marks.length === 1 ? '' : ' popup-group'}`} aria-label={title} ref={element}>
      <PopupClose close={close} />
      {marks.length === 1 && only !== undefined ? (
        <One mark={only} city={city} />
      ) : (
        <>
          <p class="popup-name">{title}</p>
          <ul class="popup-sites">
            {marks.map((mark) => (
              <li key={mark.id}>
                <Line mark={mark} />
              </li>
            ))}
          </ul>
        </>
      )}
      <button type="button" class="button button-outline" onClick={zoom}>
        {t('map.zoomGroup')}
      </button>
    </section>
  )
}

function Line({ mark }: { readonly mark: Mark }) {
  const content = (
    <>
      <LayerIcon layer={mark.layer} />
      <span>{mark.name}</span>
      <MarkBadge state={mark.state} />
    </>
  )
  return mark.hash === undefined ? <span class="popup-line">{content}</span> : <a href={mark.hash}>{content}</a>
}

function One({ mark, city }: { readonly mark: Mark; readonly city: City }) {
  const site = city.sites.value.find(({ id }) => id === mark.id)
  const headlines = site === undefined ? [] : headlinesOf(site.kind, city.seriesBySite.value.get(site.id) ?? [])
  return (
    <>
      <p class="popup-kind">{t(layerKeys[mark.layer])}</p>
      <p class="popup-name">{mark.name}</p>
      <MarkBadge state={mark.state} />
      {mark.note !== '' && <p class="quiet">{mark.note}</p>}
      {headlines.length > 0 && <PopupValues headlines={headlines} />}
      {mark.hash !== undefined && (
        <a class="button" href={mark.hash}>
          {t('map.open')}
        </a>
      )}
    </>
  )
}
