// What everybody may read: lists and readings, each switched on by somebody, how late and how exact.
import '../style/notices.css'
import '../style/desk.css'
import { useSignal } from '@preact/signals'
import type { PlaceKind, Publications, SeriesPublication } from '../api/desk-api.ts'
import type { LatestItem } from '../api/shapes.ts'
import type { City } from '../city/city.ts'
import { may } from '../city/session.ts'
import { shortTime } from '../format/time.ts'
import { ActFault, NotRead } from '../parts/desk-fault.tsx'
import { nowMs } from '../parts/now.ts'
import { useDeskAct } from '../parts/use-desk.ts'
import { useLoaded } from '../parts/use-loaded.ts'
import type { TextKey } from '../text/dictionary.ts'
import { language, localized, t } from '../text/language.ts'

const mostShown = 60
const listKeys: Readonly<Record<string, TextKey>> = {
  wifi: 'place.wifi',
  shelter: 'place.shelter',
  facility: 'place.facility',
  streetlight: 'place.light',
}

interface Held {
  readonly publications: Publications
  readonly counts: ReadonlyMap<string, number>
}

export function Publication({ city }: { readonly city: City }) {
  const held = useLoaded<Held>(async () => {
    const [publications, counts] = await Promise.all([city.api.desk.publications(), city.api.desk.placeCounts()])
    return { publications, counts }
  }, [city])
  const found = held.value.value
  return (
    <>
      <h1>{t('publish.title')}</h1>
      <p class="lead">{t('publish.lead')}</p>
      {found === undefined &&
        (held.failed.value ? <NotRead again={held.again} /> : <p class="quiet">{t('app.loading')}</p>)}
      {found !== undefined && (
        <>
          <Lists held={found} city={city} again={held.again} />
          <Series decided={found.publications.series} city={city} again={held.again} />
          <p class="quiet">{t('publish.cached')}</p>
        </>
      )}
    </>
  )
}

function Lists({ held, city, again }: { readonly held: Held; readonly city: City; readonly again: () => void }) {
  const act = useDeskAct()
  const keys = [
    ...new Set([...held.counts.keys(), ...held.publications.lists.map(({ tenant, kind }) => `${tenant}/${kind}`)]),
  ]
  return (
    <section aria-labelledby="published-lists">
      <h2 id="published-lists">{t('publish.lists')}</h2>
      <ActFault act={act} />
      <ul class="desk-rows">
        {keys.map((key) => {
          const [tenant = '', kind = ''] = key.split('/')
          const decision = held.publications.lists.find((one) => one.tenant === tenant && one.kind === kind)
          const isPublic = decision?.settings.public === true
          const listKey = listKeys[kind]
          return (
            <li key={key} data-list={key}>
              <span>
                <b>{listKey === undefined ? kind : t(listKey)}</b>{' '}
                <small class="quiet">
                  {tenant} · {t('place.held', { n: held.counts.get(key) ?? 0 })}
                </small>
              </span>
              <Standing isPublic={isPublic} by={decision?.changedBy ?? null} at={decision?.changedAt} />
              <Switch
                isPublic={isPublic}
                disabled={act.isBusy.value || !may('publish', tenant)}
                press={() =>
                  void act.run(async () => {
                    await city.api.desk.publishList(tenant, kind as PlaceKind, !isPublic)
                    again()
                  })
                }
              />
            </li>
          )
        })}
      </ul>
    </section>
  )
}

function Standing(props: { readonly isPublic: boolean; readonly by: string | null; readonly at: number | undefined }) {
  const { isPublic, by, at } = props
  return (
    <span class="desk-standing">
      <span class={isPublic ? 'report-state report-state-mended' : 'report-state'}>
        {t(isPublic ? 'publish.on' : 'publish.off')}
      </span>
      {at !== undefined && (
        <small class="quiet">
          {by !== null && `${by} `}
          {shortTime(at, nowMs.value, language.value)}
        </small>
      )}
    </span>
  )
}

function Switch(props: { readonly isPublic: boolean; readonly disabled: boolean; readonly press: () => void }) {
  return (
    <button
      type="button"
      class={props.isPublic ? 'button button-outline' : 'button'}
      disabled={props.disabled}
      onClick={props.press}
    >
      {t(props.isPublic ? 'publish.withdraw' : 'publish.publish')}
    </button>
  )
}

function nameOf(item: LatestItem): string {
  return [localized(item.deviceLabel), localized(item.label)].join(' ')
}

function Series(props: { readonly decided: Publications['series']; readonly city: City; readonly again: () => void }) {
  const { decided, city, again } = props
  const words = useSignal('')
  const known = new Map(decided.map((one) => [one.series, one]))
  const wanted = words.value.trim().toLowerCase()
  const all = [...city.latest.value.values()]
    .filter((item) => wanted !== '' || known.get(item.series)?.settings.public === true)
    .filter((item) => `${nameOf(item)} ${item.series}`.toLowerCase().includes(wanted))
    .toSorted((a, b) => rank(a) - rank(b) || (a.series < b.series ? -1 : 1))
  function rank({ series }: LatestItem): number {
    return known.get(series)?.settings.public === true ? 0 : 1
  }
  return (
    <section aria-labelledby="published-series">
      <h2 id="published-series">{t('publish.series')}</h2>
      <p class="quiet">{t('publish.findAbout')}</p>
      <label class="field desk-find">
        {t('publish.find')}
        <input
          type="search"
          value={words.value}
          placeholder={t('publish.findHint')}
          onInput={(event) => (words.value = event.currentTarget.value)}
        />
      </label>
      {all.length === 0 && <p class="empty">{t('publish.nothing')}</p>}
      <ul class="desk-rows">
        {all.slice(0, mostShown).map((item) => (
          <SeriesRow key={item.series} item={item} decision={known.get(item.series)} city={city} again={again} />
        ))}
      </ul>
      {all.length > mostShown && <p class="quiet">{t('publish.tooMany', { n: all.length - mostShown })}</p>}
    </section>
  )
}

function SeriesRow(props: {
  readonly item: LatestItem
  readonly decision: Publications['series'][number] | undefined
  readonly city: City
  readonly again: () => void
}) {
  const { item, decision, city, again } = props
  const settings = decision?.settings
  const isPublic = settings?.public === true
  const act = useDeskAct()
  const save = (next: SeriesPublication) =>
    void act.run(async () => {
      await city.api.desk.publishSeries(item.series, next)
      again()
    })
  const mayPublish = may('publish', item.series)
  return (
    <li data-series={item.series}>
      <span>
        <b>{nameOf(item)}</b> <small class="quiet code">{item.series}</small>
        {isPublic && (
          <small class="quiet">
            {t('publish.late', { n: settings.delayMin ?? 15 })}
            {settings.roundTo === undefined ? '' : ` · ${t('publish.rounded', { n: settings.roundTo })}`}
          </small>
        )}
        <ActFault act={act} />
      </span>
      <Standing isPublic={isPublic} by={decision?.changedBy ?? null} at={decision?.changedAt} />
      <Switch
        isPublic={isPublic}
        disabled={!mayPublish || act.isBusy.value}
        press={() => save(withoutSince({ ...settings, public: !isPublic }))}
      />
      {isPublic && mayPublish && <Settings settings={settings} save={save} />}
    </li>
  )
}

/** Switched on again, it begins anew. */
function withoutSince({ since: _since, ...rest }: SeriesPublication): SeriesPublication {
  return rest
}

function Settings({
  settings,
  save,
}: {
  readonly settings: SeriesPublication
  readonly save: (next: SeriesPublication) => void
}) {
  const delay = useSignal(String(settings.delayMin ?? 15))
  const round = useSignal(settings.roundTo === undefined ? '' : String(settings.roundTo))
  const decimals = useSignal(settings.placeDecimals === null ? '' : String(settings.placeDecimals ?? 3))
  const submit = (): void => {
    const { roundTo: _roundTo, ...rest } = settings
    save({
      ...rest,
      delayMin: Number(delay.value),
      placeDecimals: decimals.value === '' ? null : Number(decimals.value),
      ...(round.value === '' ? {} : { roundTo: Number(round.value) }),
    })
  }
  const number = (text: TextKey, value: typeof delay, most: number, step: string) => (
    <label class="field">
      {t(text)}
      <input
        type="number"
        min={0}
        max={most}
        step={step}
        value={value.value}
        onInput={(event) => (value.value = event.currentTarget.value)}
      />
    </label>
  )
  return (
    <details class="desk-wide">
      <summary>{t('publish.settings')}</summary>
      <form
        class="publish-form"
        onSubmit={(event) => {
          event.preventDefault()
          submit()
        }}
      >
        {number('publish.delay', delay, 525_600, '1')}
        {number('publish.round', round, 1_000_000, 'any')}
        {number('publish.decimals', decimals, 6, '1')}
        <button type="submit" class="button">
          {t('publish.save')}
        </button>
      </form>
    </details>
  )
}
