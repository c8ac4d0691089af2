// What can be asked of a gateway from here: one row each, with what became of it below.
import { useSignal } from '@preact/signals'
import type { ComponentChildren } from 'preact'
import type { HubApi } from '../api/hub-api.ts'
import type { CommandBody, GatewayItem } from '../api/shapes.ts'
import type { Care } from '../city/care.ts'
import { person } from '../city/person.ts'
import { may } from '../city/session.ts'
import type { TextKey } from '../text/dictionary.ts'
import { t } from '../text/language.ts'
import { CareOutcome } from './care-outcome.tsx'
import { LogPanel } from './log-panel.tsx'
import { PersonName } from './person-name.tsx'
import { stale } from './stale.ts'

export interface CarePanelProps {
  readonly gateway: GatewayItem
  readonly care: Care
  readonly api: HubApi
}

export function CarePanel({ gateway, care, api }: CarePanelProps) {
  const offers = new Map(gateway.commands.map(({ kind, choices }) => [kind, choices]))
  const isAway = stale.value || gateway.state !== 'online'
  const isAllowed = may('command', gateway.id)
  const isShut = gateway.state !== 'online' && gateway.reason === 'shutdown'
  const row = { care, isAway, api }
  return (
    <section class="care" aria-labelledby="care-title">
      <h2 id="care-title">{t('care.title')}</h2>
      <p class="quiet">{t('care.lead')}</p>
      {!isAllowed && <p class="quiet">{t('signIn.notAllowed')}</p>}
      {isAway && <p class="fault">{t(isShut ? 'care.shutdown' : 'care.offline')}</p>}
      {!isAway && offers.size === 0 && <p class="empty">{t('care.none')}</p>}
      {isAllowed && offers.size > 0 && (
        <>
          <PersonName />
          <ul class="care-rows">
            {offers.has('doctor') && <CareRow {...row} kind="doctor" label="care.doctor" hint="care.doctorHint" />}
            {offers.has('frame') && <FrameRow {...row} cameras={offers.get('frame') ?? []} />}
            {offers.has('identify') && (
              <CareRow {...row} kind="identify" label="care.identify" hint="care.identifyHint" />
            )}
            {offers.has('log') && <LogPanel gateway={gateway.id} isAway={isAway} api={api} />}
            {offers.has('diagnostic-bundle') && (
              <CareRow {...row} kind="diagnostic-bundle" label="care.bundle" hint="care.bundleHint" />
            )}
            {offers.has('restart') && <RestartRow {...row} />}
          </ul>
        </>
      )}
    </section>
  )
}

interface RowProps {
  readonly care: Care
  readonly isAway: boolean
  readonly api: HubApi
}

function CareRow(
  props: RowProps & {
    readonly kind: CommandBody['kind']
    readonly label: TextKey
    readonly hint: TextKey
    readonly given?: CommandBody['arguments']
    readonly children?: ComponentChildren
    readonly onPress?: () => boolean
  },
) {
  const { care, isAway, api, kind, label, hint, given, children, onPress } = props
  const asked = care.asked.value.get(kind)
  const press = (): void => {
    if (onPress?.() === false) return
    void care.ask(kind, person.value, given)
  }
  return (
    <li class="care-row">
      <div class="care-ask">
        <button
          type="button"
          class="button button-outline"
          disabled={isAway || asked?.state === 'asking'}
          data-care={kind}
          onClick={press}
        >
          {t(label)}
        </button>
        <span class="quiet">{t(hint)}</span>
        {children}
      </div>
      <div aria-live="polite">{asked !== undefined && <CareOutcome asked={asked} api={api} />}</div>
    </li>
  )
}

function FrameRow(props: RowProps & { readonly cameras: readonly string[] }) {
  const camera = useSignal(props.cameras[0] ?? '')
  return (
    <CareRow {...props} kind="frame" label="care.frame" hint="care.frameHint" given={{ camera: camera.value }}>
      {props.cameras.length > 1 && (
        <label class="care-camera">
          {t('care.camera')}
          <select value={camera.value} onChange={(event) => (camera.value = event.currentTarget.value)}>
            {props.cameras.map((id) => (
              <option key={id} value={id}>
                {id}
              </option>
            ))}
          </select>
        </label>
      )}
    </CareRow>
  )
}

/** Asked for twice, on two places: a double tap with a glove starts nothing. */
function RestartRow(props: RowProps) {
  const isOpen = useSignal(false)
  const open = (): boolean => {
    isOpen.value = true
    return false
  }
  const sure = (): void => {
    isOpen.value = false
    void props.care.ask('restart', person.value)
  }
  return (
    <CareRow {...props} kind="restart" label="care.restart" hint="care.restartHint" onPress={open}>
      {isOpen.value && (
        <div class="care-sure" role="group" aria-label={t('care.restartSure')}>
          <button type="button" class="button" disabled={props.isAway} onClick={sure}>
            {t('care.restartSure')}
          </button>
          <button type="button" class="button button-outline" onClick={() => (isOpen.value = false)}>
            {t('care.restartNot')}
          </button>
        </div>
      )}
    </CareRow>
  )
}
