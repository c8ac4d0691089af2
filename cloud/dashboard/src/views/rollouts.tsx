// Roll-outs: those that a person must decide about first, then those under way, then what is over.
import '../style/values.css'
import '../style/gateways.css'
import '../style/care.css'
import '../style/sites.css'
import '../style/rollouts.css'
import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import type { RolloutItem } from '../api/rollout-api.ts'
import type { City } from '../city/city.ts'
import { byNeed } from '../city/rollout-progress.ts'
import { RolloutCard } from '../parts/rollout-card.tsx'
import { t } from '../text/language.ts'

/** A wave takes minutes; what somebody else decided shows as soon. */
const refreshMs = 5_000
const shownAtFirst = 10

export function Rollouts({ city }: { readonly city: City }) {
  const items = useSignal<readonly RolloutItem[] | undefined>(undefined)
  const isFailed = useSignal(false)
  const shownCount = useSignal(shownAtFirst)
  useEffect(() => {
    let isShown = true
    const read = async (): Promise<void> => {
      try {
        const found = await city.api.rollouts.list()
        if (isShown) items.value = found
        isFailed.value = false
      } catch {
        isFailed.value = true
      }
    }
    void read()
    const timer = setInterval(() => void read(), refreshMs)
    return () => {
      isShown = false
      clearInterval(timer)
    }
  }, [city])
  const changed = (item: RolloutItem): void => {
    items.value = items.value?.map((one) => (one.id === item.id ? item : one))
  }
  const all = byNeed(items.value ?? [])
  return (
    <>
      <h1>{t('rollout.title')}</h1>
      <p class="lead">{t('rollout.lead')}</p>
      {isFailed.value && <p class="fault">{t('rollout.failed')}</p>}
      {items.value === undefined && !isFailed.value && <p class="quiet">{t('app.loading')}</p>}
      {items.value?.length === 0 && <None />}
      {all.slice(0, shownCount.value).map((item) => (
        <RolloutCard key={item.id} item={item} city={city} changed={changed} />
      ))}
      {all.length > shownCount.value && (
        <button
          type="button"
          class="button button-outline list-more"
          onClick={() => (shownCount.value += shownAtFirst)}
        >
          {t('rollout.more', { n: Math.min(shownAtFirst, all.length - shownCount.value) })}
        </button>
      )}
    </>
  )
}

function None() {
  return (
    <div class="empty">
      <p>{t('rollout.none')}</p>
      <p>{t('rollout.how')}</p>
      <pre class="rollout-how code">npx musubi deploy push fleet.yaml --key deploy.pem --by NAME</pre>
    </div>
  )
}
