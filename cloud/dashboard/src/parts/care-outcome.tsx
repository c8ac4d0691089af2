// What became of a request to a gateway: the findings of its doctor, the frame of its camera, a file, or why it was not done.
import { checkNames } from '../../../../broker/contract/finding.ts'
import type { HubApi } from '../api/hub-api.ts'
import type { CommandItem } from '../api/shapes.ts'
import type { Asked, Report } from '../city/care.ts'
import type { TextKey } from '../text/dictionary.ts'
import { localized, t } from '../text/language.ts'
import { StateMark } from './state-mark.tsx'

export const resultKeys: Readonly<Record<string, TextKey>> = {
  sent: 'care.asking',
  done: 'care.done',
  accepted: 'care.begun',
  refused: 'care.refused',
  failed: 'care.failed',
  'no-answer': 'care.noAnswer',
}

/** What a kind says where it is done, instead of only that it is. */
const doneKeys: Readonly<Record<string, TextKey>> = { identify: 'care.blinking', restart: 'care.restarting' }

const reasonKeys: Readonly<Record<string, TextKey>> = {
  'command.unavailable': 'care.unavailable',
  'gateway.offline': 'care.offline',
  'gateway.no-answer': 'care.noAnswer',
}

export function CareOutcome({ asked, api }: { readonly asked: Asked; readonly api: HubApi }) {
  if (asked.state === 'asking') return <p class="care-busy">{t('care.asking')}</p>
  if (asked.state === 'unsent') return <p class="fault">{t(reasonKeys[asked.code ?? ''] ?? 'care.unreached')}</p>
  const { command, report } = asked
  const isWell = command.state === 'done' || command.state === 'accepted'
  if (!isWell) return <Refusal command={command} />
  if (report !== undefined) return <Findings report={report} />
  if (command.file !== null) return <ReceivedFile command={command} api={api} />
  return (
    <p class="care-well">
      <StateMark name="good" size={16} /> {t(doneKeys[command.kind] ?? resultKeys[command.state] ?? 'care.done')}
    </p>
  )
}

function Refusal({ command: { state, code, message } }: { readonly command: CommandItem }) {
  const key = reasonKeys[code ?? ''] ?? resultKeys[state] ?? 'care.failed'
  return (
    <p class="fault">
      {t(key)} {message !== null && <span class="code">{message}</span>}
    </p>
  )
}

function ReceivedFile({ command: { id, file }, api }: { readonly command: CommandItem; readonly api: HubApi }) {
  const address = api.address(`api/v1/commands/${encodeURIComponent(id)}/file`)
  const isPicture = file?.type.startsWith('image/') === true
  return (
    <>
      {isPicture && <img class="care-frame" src={address} alt={file.name} />}
      <p>
        <a href={address} download={file?.name}>
          {t('care.openFile')}
        </a>{' '}
        <span class="code">{file?.name}</span>
      </p>
    </>
  )
}

const marks = { ok: 'good', warn: 'warning', fail: 'critical' } as const
const order = ['fail', 'warn', 'ok'] as const

function Findings({ report: { findings } }: { readonly report: Report }) {
  const count = (wanted: string) => findings.filter(({ state }) => state === wanted).length
  const [faults, warnings] = [count('fail'), count('warn')]
  const mark = faults > 0 ? 'critical' : warnings > 0 ? 'warning' : 'good'
  return (
    <div class="care-findings">
      <p class="care-verdict">
        <StateMark name={mark} size={24} />
        {faults === 0 && warnings === 0 && t('care.healthy')}
        {faults > 0 && t('care.faults', { n: faults })} {warnings > 0 && t('care.warnings', { n: warnings })}
      </p>
      <ul>
        {findings
          .toSorted((a, b) => order.indexOf(a.state) - order.indexOf(b.state))
          .map(({ state, check, subject, seen, advice }) => (
            <li key={`${check} ${subject}`}>
              <StateMark name={marks[state]} size={16} />
              <span>
                <b>{localized(checkNames[check] ?? { ja: check, en: check })}</b>{' '}
                {subject !== undefined && <span class="code quiet">{subject} </span>}
                {localized(seen)}
                {advice !== undefined && <small class="quiet care-advice">{localized(advice)}</small>}
              </span>
            </li>
          ))}
      </ul>
    </div>
  )
}
