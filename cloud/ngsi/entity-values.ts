// Looks up the newest values of planned entities.
import type { Attribute, Entity } from './entity.ts'
import { type EntityPlan, instant, type MeasuredAttribute } from './entity-plans.ts'

export async function entityOf(plan: EntityPlan): Promise<Entity> {
  const measured: Record<string, Attribute> = {}
  const values = new Map<string, number>()
  let newestMs: number | undefined
  for (const [name, attribute] of Object.entries(plan.measured)) {
    const reading = await attribute.series.latest()
    if (reading === undefined) continue
    values.set(name, reading.value)
    newestMs = Math.max(newestMs ?? reading.timeMs, reading.timeMs)
    const { code } = attribute.unit
    measured[name] = {
      type: 'Property',
      value: modelValue(reading.value, attribute),
      observedAt: instant(reading.timeMs),
      ...(code === undefined ? {} : { unitCode: code }),
    }
  }
  const derived = plan.derived?.(values, newestMs) ?? {}
  return { id: plan.id, type: plan.type, attributes: { ...plan.fixed, ...measured, ...derived } }
}

export function modelValue(value: number, { unit, meaning }: MeasuredAttribute): unknown {
  if (meaning !== undefined) return meaning(value)
  const { factor, offset = 0 } = unit
  // Without the noise of binary fractions.
  return factor === 1 && offset === 0 ? value : Number((value * factor + offset).toPrecision(12))
}
