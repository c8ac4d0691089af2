// What judges a line, with the figures of its examples; and which pictures leave the factory.
import { useSignal } from '@preact/signals'
import { HubError } from '../api/hub-api.ts'
import type { FactoryItem, LineItem, PictureChoice } from '../api/factory-api.ts'
import type { City } from '../city/city.ts'
import { may } from '../city/session.ts'
import { dateTime } from '../format/time.ts'
import type { TextKey } from '../text/dictionary.ts'
import { language, t } from '../text/language.ts'
import { ModelRollBack } from './model-roll-back.tsx'

export function ModelCard(props: { readonly line: LineItem; readonly city: City; readonly onChange: () => void }) {
  const { model, taught } = props.line
  return (
    <section class="fact-card" aria-labelledby="model-title">
      <h2 id="model-title">{t('model.title')}</h2>
      {model === null ? (
        <p class="quiet">{t('model.none')}</p>
      ) : (
        <p>
          <span class="code">{model.id}</span> <b>{model.version}</b>
        </p>
      )}
      {taught === null ? (
        <p class="quiet">{t('model.noFigures')}</p>
      ) : (
        <dl class="facts">
          <div>
            <dt>{t('model.taughtAt')}</dt>
            <dd>{dateTime(taught.timeMs, language.value)}</dd>
          </div>
          <div>
            <dt>{t('model.examples')}</dt>
            <dd>{t('model.examplesOf', { good: taught.good, bad: taught.bad })}</dd>
          </div>
          {taught.falseRejects !== undefined && taught.falsePasses !== undefined && (
            <>
              <div>
                <dt>{t('model.falseRejects')}</dt>
                <dd>{t('model.of', { n: taught.falseRejects, all: taught.good })}</dd>
              </div>
              <div>
                <dt>{t('model.falsePasses')}</dt>
                <dd>{t('model.of', { n: taught.falsePasses, all: taught.bad })}</dd>
              </div>
            </>
          )}
          {taught.auroc !== undefined && (
            <div>
              <dt>{t('model.auroc')}</dt>
              <dd>{taught.auroc.toFixed(3)}</dd>
            </div>
          )}
        </dl>
      )}
      <p class="quiet">{t('model.hint')}</p>
      <ModelRollBack {...props} />
    </section>
  )
}

const pictureKeys = {
  all: 'pictures.all',
  over: 'pictures.over',
  none: 'pictures.nothing',
} as const satisfies Record<PictureChoice, TextKey>
const choices: readonly PictureChoice[] = ['none', 'over', 'all']

const faultKeys: Readonly<Record<string, TextKey>> = {
  'gateway.offline': 'teach.offline',
  'gateway.no-answer': 'teach.noAnswer',
  'command.unavailable': 'pictures.notAllowed',
}

export function PicturesCard(props: {
  readonly factory: FactoryItem
  readonly line: LineItem
  readonly city: City
  readonly onChange: () => void
}) {
  const { factory, line, city, onChange } = props
  const { pictures, keeps } = line
  const asking = useSignal<PictureChoice | undefined>(undefined)
  const fault = useSignal<TextKey | undefined>(undefined)
  const choose = async (choice: PictureChoice): Promise<void> => {
    asking.value = choice
    fault.value = undefined
    try {
      await city.api.factory.setPictures(line.id, choice)
      onChange()
    } catch (thrown) {
      fault.value = faultKeys[(thrown instanceof HubError && thrown.code) || ''] ?? 'pictures.failed'
    }
    asking.value = undefined
  }
  const most = pictures === null ? -1 : choices.indexOf(pictures.most)
  const now = asking.value ?? pictures?.now
  return (
    <section class="fact-card" aria-labelledby="pictures-title">
      <h2 id="pictures-title">{t('pictures.title')}</h2>
      {pictures === null ? (
        <p class="quiet">{t('pictures.unknown')}</p>
      ) : (
        <>
          <div class="choices" role="group" aria-labelledby="pictures-title">
            {choices.map((choice, index) => (
              <button
                key={choice}
                type="button"
                class="choice"
                aria-pressed={choice === now}
                disabled={
                  index > most || !line.canSwitchPictures || !may('command', line.id) || asking.value !== undefined
                }
                onClick={() => void choose(choice)}
              >
                {t(pictureKeys[choice])}
              </button>
            ))}
          </div>
          {fault.value !== undefined && (
            <p class="fault" role="alert">
              {t(fault.value)}
            </p>
          )}
          <p class="quiet">
            {pictures.most === 'all'
              ? t('pictures.decides')
              : t('pictures.limit', { most: t(pictureKeys[pictures.most]) })}
          </p>
        </>
      )}
      <ul class="plain-list quiet">
        <li>{t('pictures.hubDays', { days: factory.pictureDays, verdictDays: factory.verdictDays })}</li>
        {keeps !== null && <li>{t('pictures.gatewayKeeps', keeps)}</li>}
      </ul>
    </section>
  )
}
