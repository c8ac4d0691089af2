// The water of a paddy as a small picture: soil, water up to its depth, and the band in which it should stand.
import type { Water } from '../city/paddies.ts'
import { t } from '../text/language.ts'
import { centimetres, targetText } from './paddy-words.ts'

const box = { width: 84, height: 112, top: 6, ground: 96, scale: 28 } as const
/** Depth at the top of the picture, cm: at least so much, so that small waves stay small. */
const leastTopCm = 12
const stepCm = 5

export function PaddyGauge({ water }: { readonly water: Water }) {
  const { depthCm, lowCm, highCm } = water
  const topCm = Math.ceil((Math.max(leastTopCm, (highCm ?? 0) * 1.3, (depthCm ?? 0) * 1.15) + 0.01) / stepCm) * stepCm
  const y = (cm: number): number => box.ground - (Math.min(topCm, Math.max(0, cm)) / topCm) * (box.ground - box.top)
  const hasTarget = lowCm !== undefined && highCm !== undefined
  const said = t('paddy.gauge', {
    depth: depthCm === undefined ? t('value.none') : centimetres(depthCm),
    target: targetText(water),
  })
  const ticks = Array.from({ length: topCm / stepCm + 1 }, (_, index) => index * stepCm)
  const shownTicks = ticks.length > 4 ? ticks.filter((cm) => cm % 10 === 0) : ticks
  return (
    <svg class="gauge" viewBox={`0 0 ${box.width} ${box.height}`} role="img" aria-label={said}>
      <rect class="gauge-air" x={box.scale} y={box.top} width={box.width - box.scale} height={box.ground - box.top} />
      {depthCm !== undefined && (
        <rect
          class="gauge-water"
          x={box.scale}
          y={y(depthCm)}
          width={box.width - box.scale}
          height={box.ground - y(depthCm)}
        />
      )}
      {hasTarget && (
        <rect
          class="gauge-target"
          x={box.scale + 2}
          y={highCm === 0 ? box.ground - 3 : y(highCm)}
          width={box.width - box.scale - 4}
          height={Math.max(3, y(lowCm) - y(highCm))}
        />
      )}
      {depthCm !== undefined && <path class="gauge-surface" d={`M${box.scale} ${y(depthCm)}H${box.width}`} />}
      <rect
        class="gauge-soil"
        x={box.scale}
        y={box.ground}
        width={box.width - box.scale}
        height={box.height - box.ground}
      />
      {shownTicks.map((cm) => (
        <text key={cm} class="gauge-tick" x={box.scale - 5} y={y(cm) + 4} text-anchor="end">
          {cm}
        </text>
      ))}
    </svg>
  )
}
