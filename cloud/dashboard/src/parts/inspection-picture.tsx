// The picture of a part, with the model's doubt over it as colours that can be taken off.
import '../style/inspection.css'
import type { Signal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import type { EventItem } from '../api/shapes.ts'
import type { City } from '../city/city.ts'
import { heatPixels, verdictOf, type Verdict } from '../city/inspection.ts'
import type { TextKey } from '../text/dictionary.ts'
import { t } from '../text/language.ts'

const verdictKeys = {
  pass: 'inspection.pass',
  reject: 'inspection.reject',
  unknown: 'inspection.unknown',
} as const satisfies Record<Verdict, TextKey>

export function verdictKey(part: Pick<EventItem, 'state'>): TextKey {
  return verdictKeys[verdictOf(part)]
}

/** Older gateways draw the heat into the picture. */
function isPlain({ detail }: EventItem): boolean {
  return detail?.['picture'] === 'plain'
}

/** `heat`: whether the colours lie over it. */
export function InspectionPicture(props: {
  readonly part: EventItem
  readonly heat: Signal<boolean>
  readonly city: City
}) {
  const { part, heat, city } = props
  const picture = useRef<HTMLImageElement>(null)
  const canvas = useRef<HTMLCanvasElement>(null)
  const isOn = heat.value && isPlain(part)
  const draw = (): void => {
    if (picture.current !== null && canvas.current !== null) drawHeat(canvas.current, picture.current, part, isOn)
  }
  useEffect(draw, [part.id, isOn])
  return (
    <figure class={`part-picture part-${verdictOf(part)}`}>
      {part.thumbnail === null ? (
        <p class="empty part-none">{t('inspection.noPicture')}</p>
      ) : (
        <>
          <img
            ref={picture}
            src={city.api.address(part.thumbnail)}
            alt={t('inspection.pictureOf', { verdict: t(verdictKey(part)) })}
            width="320"
            height="240"
            decoding="async"
            onLoad={draw}
          />
          <canvas ref={canvas} class="part-heat" aria-hidden="true" />
          <figcaption>
            {isPlain(part) ? (
              <label class="heat-switch">
                <input
                  type="checkbox"
                  checked={heat.value}
                  onChange={(event) => (heat.value = event.currentTarget.checked)}
                />
                {t('inspection.heat')}
              </label>
            ) : (
              t('inspection.heat')
            )}
            <span class="heat-scale" aria-hidden="true" />
          </figcaption>
        </>
      )}
    </figure>
  )
}

/** The canvas takes the picture's own size, so that both fit their frame alike. */
function drawHeat(
  canvas: HTMLCanvasElement,
  { naturalWidth, naturalHeight }: HTMLImageElement,
  { heat, mask }: EventItem,
  isOn: boolean,
): void {
  canvas.width = naturalWidth
  canvas.height = naturalHeight
  const context = canvas.getContext('2d')
  if (context === null || naturalWidth === 0 || !isOn || heat === null) return
  const grid = new OffscreenCanvas(heat.columns, heat.rows)
  grid.getContext('2d')?.putImageData(new ImageData(heatPixels(heat), heat.columns, heat.rows), 0, 0)
  context.imageSmoothingEnabled = true
  context.drawImage(grid, 0, 0, naturalWidth, naturalHeight)
  context.strokeStyle = '#fff'
  for (const ring of mask) {
    context.beginPath()
    for (let at = 0; at < ring.length; at += 2) {
      context.lineTo((ring[at] ?? 0) * naturalWidth, (ring[at + 1] ?? 0) * naturalHeight)
    }
    context.closePath()
    context.stroke()
  }
}
