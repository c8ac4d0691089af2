// The first page: what to report, how full places are now, and what became of one's own reports.
import { Act, Notice } from '../../phone/controls.tsx'
import { timeText } from '../../phone/language.ts'
import { begin, discard, draft, forget, mend, own, sending, sendNow, toSend, waiting } from '../citizen.ts'
import { Bulletins } from '../bulletins.tsx'
import { fetchBounds, fetchSpots } from '../hub.ts'
import { Page, useLoaded } from '../page.tsx'
import { SpotList } from '../spots.tsx'
import { refusalText, say } from '../text/say.ts'

const kinds = ['road', 'street-light', 'other'] as const
const refreshMs = 60_000

export function HomePage() {
  return (
    <Page title={say('home.title')}>
      <Bulletins />
      <Kinds />
      <Waiting />
      <Own />
      <Places />
      <nav aria-label={say('home.more')}>
        <h2>{say('home.more')}</h2>
        <p>
          <a class="button button-quiet" href="#data">
            {say('data.title')}
          </a>
        </p>
        <p>
          <a class="button button-quiet" href="#privacy">
            {say('privacy.title')}
          </a>
        </p>
      </nav>
    </Page>
  )
}

function Kinds() {
  const { state } = useLoaded(fetchBounds)
  if (state !== undefined && 'found' in state && state.found === undefined) {
    return <Notice kind="open">{say('home.closed')}</Notice>
  }
  const { value: begun } = draft
  return (
    <section aria-labelledby="report-kinds">
      <h2 id="report-kinds">{say('home.report')}</h2>
      {kinds.map((kind) => (
        <Act
          key={kind}
          kind="choice"
          text={say(`kind.${kind}`)}
          about={say(`about.${kind}`)}
          act={() => void begin(kind)}
        />
      ))}
      {begun !== undefined && (
        <div class="card">
          <p>{say('home.begun', { kind: say(`kind.${begun.kind}`) })}</p>
          <div class="row">
            <a class="button" href="#report">
              {say('home.resume')}
            </a>
            <Act kind="quiet" text={say('home.discard')} act={() => void discard()} />
          </div>
        </div>
      )}
    </section>
  )
}

function Waiting() {
  const refused = waiting.value.filter((one) => one.refused !== undefined)
  return (
    <>
      {toSend.value.length > 0 && (
        <section class="card" data-waiting={toSend.value.length}>
          <h2>{say('app.waiting', { n: toSend.value.length })}</h2>
          <p>{say('home.waitingAbout')}</p>
          <Act
            text={say(sending.value ? 'home.sending' : 'home.sendNow')}
            disabled={sending.value}
            act={() => void sendNow()}
          />
        </section>
      )}
      {refused.map((one) => (
        <section class="card" key={one.id}>
          <Notice kind="fault">{refusalText(one.refused ?? '')}</Notice>
          <div class="row">
            <Act text={say('home.mend')} act={() => void mend(one)} />
            <Act kind="quiet" text={say('home.discard')} act={() => void forget(one.id)} />
          </div>
        </section>
      ))}
    </>
  )
}

function Own() {
  if (own.value.length === 0) return null
  return (
    <section>
      <h2>{say('home.own')}</h2>
      <ul class="list" data-own={own.value.length}>
        {own.value.map(({ id, kind, number, sentMs }) => (
          <li key={id}>
            <a class="row-link" href={`#status=${id}`}>
              <b>
                {say(`kind.${kind}`)} #{number}
              </b>
              <small>{timeText(sentMs)}</small>
            </a>
          </li>
        ))}
      </ul>
    </section>
  )
}

function Places() {
  const { state } = useLoaded(fetchSpots, refreshMs)
  const spots = state !== undefined && 'found' in state ? state.found : []
  return (
    <section>
      <h2>{say('places.now')}</h2>
      <SpotList spots={spots.slice(0, 4)} />
      <p>
        <a class="button button-quiet" href="#places">
          {say('places.title')}
        </a>
      </p>
    </section>
  )
}
