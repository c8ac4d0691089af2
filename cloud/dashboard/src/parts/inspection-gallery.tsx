// Parts as pictures in a grid that the keyboard walks through: arrows move, one key says what a part really was, one takes it back.
import { useEffect, useRef } from 'preact/hooks'
import type { FactorySettings, PartItem } from '../api/factory-api.ts'
import type { City } from '../city/city.ts'
import type { Gallery } from '../city/gallery.ts'
import { verdictOf } from '../city/inspection.ts'
import { may } from '../city/session.ts'
import { shortTime } from '../format/time.ts'
import { language, t } from '../text/language.ts'
import { verdictKey } from './inspection-picture.tsx'
import { defectName } from './inspection-yield.tsx'
import { nowMs } from './now.ts'

export function GalleryGrid(props: {
  readonly gallery: Gallery
  readonly city: City
  readonly defects: FactorySettings['defects']
}) {
  const { gallery, city, defects } = props
  const grid = useRef<HTMLUListElement>(null)
  const hasFocus = useRef(false)
  const at = gallery.at.value
  useEffect(() => {
    if (!hasFocus.current) return
    grid.current?.querySelectorAll<HTMLElement>('.gallery-part')[at]?.focus()
  }, [at])
  const press = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    if (
      moved(event.key, gallery, columnsOf(grid.current)) ||
      (may('correct', gallery.parts.peek()[0]?.id ?? '') && said(event.key, gallery, defects))
    ) {
      event.preventDefault()
    }
  }
  return (
    <ul
      ref={grid}
      class="gallery-grid"
      aria-label={t('gallery.parts')}
      onKeyDown={press}
      onFocusIn={() => (hasFocus.current = true)}
      onFocusOut={() => (hasFocus.current = false)}
    >
      {gallery.parts.value.map((part, index) => (
        <li key={part.id}>
          <Tile
            part={part}
            isChosen={index === at}
            city={city}
            defects={defects}
            choose={() => gallery.moveTo(index)}
          />
        </li>
      ))}
    </ul>
  )
}

function Tile(props: {
  readonly part: PartItem
  readonly isChosen: boolean
  readonly city: City
  readonly defects: FactorySettings['defects']
  readonly choose: () => void
}) {
  const { part, isChosen, city, defects, choose } = props
  const verdict = verdictOf(part)
  const { correction } = part
  const time = shortTime(part.time, nowMs.peek(), language.value)
  const saidText =
    correction === null
      ? ''
      : correction.judgement === 'good'
        ? t('gallery.saidGood')
        : `${t('gallery.saidBad')}${correction.class === null ? '' : ` ${defectName(correction.class, defects)}`}`
  return (
    <button
      type="button"
      class={`gallery-part part-${verdict}`}
      tabIndex={isChosen ? 0 : -1}
      aria-current={isChosen}
      onClick={choose}
    >
      {part.thumbnail === null ? (
        <span class="gallery-none">{t('inspection.noPicture')}</span>
      ) : (
        <img src={city.api.address(part.thumbnail)} alt="" width="160" height="120" loading="lazy" decoding="async" />
      )}
      <span class="gallery-line">
        <b class={`gallery-mark gallery-mark-${verdict}`} aria-hidden="true">
          {verdict === 'pass' ? '✓' : '✕'}
        </b>
        <span class="visually-hidden">
          {t(verdictKey(part))} {t('inspection.score')}
        </span>
        <span class="number">{part.score === null ? '' : Math.round(100 * Math.min(1, part.score))}</span>
        <span class="gallery-time">{time}</span>
      </span>
      {saidText !== '' && (
        <span class={`gallery-said gallery-said-${correction?.judgement ?? 'good'}`}>{saidText}</span>
      )}
    </button>
  )
}

/** As the browser has laid it out. */
function columnsOf(grid: HTMLElement | null): number {
  const tops = [...(grid?.children ?? [])].map((tile) => (tile as HTMLElement).offsetTop)
  const first = tops.findIndex((top) => top !== tops[0])
  return first < 0 ? Math.max(1, tops.length) : first
}

function moved(key: string, gallery: Gallery, columns: number): boolean {
  const at = gallery.at.peek()
  const steps: Readonly<Record<string, number>> = {
    ArrowRight: at + 1,
    ArrowLeft: at - 1,
    ArrowDown: at + columns,
    ArrowUp: at - columns,
    Home: 0,
    End: Number.MAX_SAFE_INTEGER,
  }
  const next = steps[key]
  if (next === undefined) return false
  gallery.moveTo(next)
  return true
}

/** G good, B bad, 1 to 9 bad with its kind, U back. */
function said(key: string, gallery: Gallery, defects: FactorySettings['defects']): boolean {
  const letter = key.toLowerCase()
  const defect = /^[1-9]$/.test(key) ? defects[Number(key) - 1] : undefined
  if (letter === 'g') void gallery.say('good')
  else if (letter === 'b') void gallery.say('bad')
  else if (defect !== undefined) void gallery.say('bad', defect.id)
  else if (letter === 'u') void gallery.undo()
  else return false
  return true
}
