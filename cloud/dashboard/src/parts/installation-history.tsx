// What was put in place at a gateway, newest first: where, by whom, with which checks, and what was replaced since.
import { useEffect, useState } from 'preact/hooks'
import type { HubApi } from '../api/hub-api.ts'
import type { InstallationItem } from '../api/shapes.ts'
import { may } from '../city/session.ts'
import { PlaceMap } from '../map/place-map.tsx'
import { localized, t } from '../text/language.ts'
import { StateMark } from './state-mark.tsx'
import { TimeText } from './time-text.tsx'

export function InstallationHistory({ gateway, api }: { readonly gateway: string; readonly api: HubApi }) {
  const [items, setItems] = useState<readonly InstallationItem[] | 'failed' | undefined>(undefined)
  useEffect(() => {
    let isShown = true
    api.installations(gateway).then(
      (found) => isShown && setItems(found),
      () => isShown && setItems('failed'),
    )
    return () => {
      isShown = false
    }
  }, [gateway, api])
  return (
    <section class="care" aria-labelledby="installations-title">
      <h2 id="installations-title">{t('installation.title')}</h2>
      {items === undefined && <p class="quiet">{t('app.loading')}</p>}
      {items === 'failed' && <p class="quiet">{t('installation.failed')}</p>}
      {Array.isArray(items) && items.length === 0 && <p class="quiet">{t('installation.none')}</p>}
      {Array.isArray(items) && items.map((item) => <Installation key={item.id} item={item} api={api} />)}
      <p>
        <a href="./field/">{t('installation.fieldPage')}</a>
      </p>
    </section>
  )
}

function Installation({ item, api }: { readonly item: InstallationItem; readonly api: HubApi }) {
  const { place, engineer, note, signedOff, certificate } = item
  return (
    <article class="installation" data-installation={item.id}>
      <h3>{whatText(item)}</h3>
      <p>
        <b>{place.name}</b> · <TimeText timeMs={signedOff} coarse /> · {t('installation.by', { engineer })}
      </p>
      <Replaced item={item} />
      {note !== null && <p class="installation-note">{note}</p>}
      <div class="installation-pictures">
        <Photo item={item} api={api} />
        <figure>
          <PlaceMap position={place} label={t('installation.map', { place: place.name })} />
          <figcaption class="code">
            {place.lat.toFixed(5)}, {place.lon.toFixed(5)}
            {place.accuracyM !== undefined && ` · ${t('installation.accuracy', { n: Math.round(place.accuracyM) })}`}
          </figcaption>
        </figure>
      </div>
      <Checks item={item} />
      <p class="quiet">
        <small>{t('installation.verified', { serial: certificate })}</small>
      </p>
    </article>
  )
}

/** As the engineer took it, until somebody takes it away. */
function Photo({ item, api }: { readonly item: InstallationItem; readonly api: HubApi }) {
  const { photo, place, id, gateway } = item
  const [step, setStep] = useState<'shown' | 'asked' | 'busy' | 'failed' | 'gone'>('shown')
  if (photo === null) return null
  if (step === 'gone') return <p role="status">{t('installation.photoGone')}</p>
  const remove = (): void => {
    setStep('busy')
    api.removeInstallationPhoto(id).then(
      () => setStep('gone'),
      () => setStep('failed'),
    )
  }
  const address = api.address(photo)
  const about = t('installation.photo', { place: place.name })
  return (
    <div class="installation-taken">
      <a href={address}>
        <img class="installation-photo" src={address} alt={about} loading="lazy" />
      </a>
      {step === 'failed' && (
        <p class="fault" role="alert">
          {t('photo.failed')}
        </p>
      )}
      {may('install', gateway) &&
        (step === 'shown' ? (
          <button
            type="button"
            class="button button-outline"
            aria-label={t('installation.photoRemoveOf', { photo: about })}
            onClick={() => setStep('asked')}
          >
            {t('photo.remove')}
          </button>
        ) : (
          <div class="alarm-acts" role="group" aria-label={t('installation.photoRemoveOf', { photo: about })}>
            <button type="button" class="button" disabled={step === 'busy'} onClick={remove}>
              {t('photo.removeSure')}
            </button>
            <button type="button" class="button button-outline" onClick={() => setStep('shown')}>
              {t('photo.close')}
            </button>
          </div>
        ))}
    </div>
  )
}

export function whatText({ kind, replaced, results }: InstallationItem): string {
  if (kind === 'new') return t('installation.new')
  if (kind === 'replaced-gateway') return t('installation.replacedGateway')
  const device = results.devices.find(({ id }) => id === replaced?.device)
  return t('installation.replacedDevice', {
    device: device === undefined ? (replaced?.device ?? '') : localized(device.label),
  })
}

function Replaced({ item: { replaced } }: { readonly item: InstallationItem }) {
  if (replaced === null) return null
  const { oldSerial, newSerial, reason } = replaced
  const none = t('value.none')
  return (
    <>
      {(oldSerial ?? newSerial) !== undefined && (
        <p>{t('installation.serials', { from: oldSerial ?? none, to: newSerial ?? none })}</p>
      )}
      {reason !== undefined && <p>{t('installation.reason', { reason })}</p>}
    </>
  )
}

function Checks({ item: { results } }: { readonly item: InstallationItem }) {
  const rows = [
    { name: t('installation.clock'), isPassed: results.clock },
    ...results.devices.map(({ label, passed }) => ({ name: localized(label), isPassed: passed })),
    { name: t('installation.uplink'), isPassed: results.uplink },
  ]
  return (
    <div>
      <h4>{t('installation.checks')}</h4>
      <ul class="installation-checks">
        {rows.map(({ name, isPassed }, index) => (
          <li key={index}>
            <StateMark name={isPassed ? 'good' : 'warning'} size={18} />
            {name} <span class="quiet">{t(isPassed ? 'installation.passed' : 'installation.open')}</span>
          </li>
        ))}
      </ul>
    </div>
  )
}
