// The first screen: what to do, what is unfinished, and what still waits to be sent.
import type { Draft } from '../draft.ts'
import {
  beginWork,
  discard,
  drafts,
  needsSignIn,
  nextTryMs,
  reopen,
  resume,
  sending,
  sendNow,
  sent,
  toSend,
  waiting,
} from '../field.ts'
import { Act, Mark, Notice } from '../../phone/controls.tsx'
import { timeText } from '../../phone/language.ts'
import { Screen } from '../parts.tsx'
import { refusalText, say } from '../text/say.ts'

export function Home() {
  return (
    <Screen title={say('home.title')}>
      {needsSignIn.value && (
        <>
          <Notice kind="open">{say('home.signIn')}</Notice>
          <p>
            <a class="button button-quiet" href="../sign-in?next=field/">
              {say('home.signInGo')}
            </a>
          </p>
        </>
      )}
      <Act kind="choice" text={say('home.new')} about={say('home.newAbout')} act={() => void beginWork('new')} />
      <Act
        kind="choice"
        text={say('home.gateway')}
        about={say('home.gatewayAbout')}
        act={() => void beginWork('replaced-gateway')}
      />
      <Act
        kind="choice"
        text={say('home.device')}
        about={say('home.deviceAbout')}
        act={() => void beginWork('replaced-device')}
      />
      <WaitingList />
      <Drafts />
      <SentList />
      <p>
        <a class="button button-quiet" href="../">
          {say('home.map')}
        </a>
      </p>
    </Screen>
  )
}

function nameOf({ place, gateway }: Pick<Draft, 'place' | 'gateway'>): string {
  return place.name || (gateway ?? say('home.unnamed'))
}

function Drafts() {
  if (drafts.value.length === 0) return null
  return (
    <section>
      <h2>{say('home.drafts')}</h2>
      {drafts.value.map((draft) => (
        <div class="card" key={draft.id} data-draft={draft.id}>
          <p>
            <b>{nameOf(draft)}</b>
            <small class="quiet">
              {say(`kind.${draft.kind}`)} · {timeText(draft.changedMs)}
            </small>
          </p>
          <div class="row">
            <Act text={say('home.resume')} act={() => resume(draft)} />
            <Act kind="quiet" text={say('home.discard')} act={() => askDiscard(draft)} />
          </div>
        </div>
      ))}
    </section>
  )
}

function askDiscard({ id }: Draft): void {
  if (window.confirm(say('home.discardAsk'))) void discard(id)
}

function WaitingList() {
  const refused = waiting.value.filter((one) => one.refused !== undefined)
  return (
    <>
      {toSend.value.length > 0 && (
        <section class="card" data-waiting={toSend.value.length}>
          <h2>{say('home.waiting', { n: toSend.value.length })}</h2>
          <ul class="list">
            {toSend.value.map(({ id, name, gateway, signedOffMs }) => (
              <li key={id}>
                <Mark state="open" />
                <span>
                  <b>{name}</b> <small class="quiet">{gateway}</small>
                </span>
                <small>{timeText(signedOffMs)}</small>
              </li>
            ))}
          </ul>
          {nextTryMs.value !== undefined && (
            <p class="quiet">{say('home.tryAt', { time: timeText(nextTryMs.value) })}</p>
          )}
          <Act
            text={say(sending.value ? 'home.sending' : 'home.sendNow')}
            disabled={sending.value}
            act={() => void sendNow()}
          />
        </section>
      )}
      {refused.length > 0 && (
        <section class="card" data-refused={refused.length}>
          <h2>{say('home.refused', { n: refused.length })}</h2>
          {refused.map((one) => (
            <div key={one.id}>
              <Notice kind="fault">
                {one.name}: {refusalText(one.refused ?? '')}
              </Notice>
              <Act text={say('refusal.reopen')} act={() => void reopen(one)} />
            </div>
          ))}
        </section>
      )}
    </>
  )
}

function SentList() {
  if (sent.value.length === 0) return null
  return (
    <section>
      <h2>{say('home.sent')}</h2>
      <ul class="list" data-sent={sent.value.length}>
        {sent.value.slice(0, 5).map(({ id, name, gateway, sentMs }) => (
          <li key={id}>
            <Mark state="good" />
            <span>
              <b>{name}</b> <small class="quiet">{gateway}</small>
            </span>
            <small>{timeText(sentMs)}</small>
          </li>
        ))}
      </ul>
    </section>
  )
}
