// What became of a report, for whoever has its link.
import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { Act, Notice } from '../../phone/controls.tsx'
import { timeText } from '../../phone/language.ts'
import { forget, mend, online, own, remember, sending, sendNow, waiting } from '../citizen.ts'
import type { WaitingReport } from '../draft.ts'
import { fetchStatus, type PublicReport, withdrawReport } from '../hub.ts'
import { LeftOutPhotos } from '../left-out-photos.tsx'
import { Page, Shown, useLoaded } from '../page.tsx'
import { refusalText, say } from '../text/say.ts'

const refreshMs = 60_000

export function StatusPage({ secret }: { readonly secret: string }) {
  const own = waiting.value.find(({ id }) => id === secret)
  return own === undefined ? <AtHub secret={secret} /> : <InPhone waiting={own} />
}

function InPhone({ waiting: one }: { readonly waiting: WaitingReport }) {
  if (one.refused !== undefined) {
    return (
      <Page title={say('status.refused')} actions={<Act text={say('home.mend')} act={() => void mend(one)} />}>
        <Notice kind="fault">{refusalText(one.refused)}</Notice>
      </Page>
    )
  }
  return (
    <Page
      title={say('status.waiting')}
      actions={
        <Act
          text={say(sending.value ? 'home.sending' : 'home.sendNow')}
          disabled={sending.value}
          act={() => void sendNow()}
        />
      }
    >
      <Notice kind="open">{say(online.value ? 'status.waitingOnline' : 'status.waitingOffline')}</Notice>
    </Page>
  )
}

function AtHub({ secret }: { readonly secret: string }) {
  const { state, again } = useLoaded(() => fetchStatus(secret), refreshMs)
  const found = state !== undefined && 'found' in state ? state.found : undefined
  useEffect(() => {
    if (found === undefined) return
    const { kind, number, receivedAt } = found
    void remember({ id: secret, kind, number, sentMs: receivedAt })
  }, [found?.number])
  const title = found === undefined ? say('status.title') : `${say(`kind.${found.kind}`)} #${found.number}`
  return (
    <Page title={title}>
      <Shown state={state} again={again} gone={<Gone secret={secret} />}>
        {(report) => <Report key={report.changedAt} report={report} secret={secret} again={again} />}
      </Shown>
    </Page>
  )
}

function Gone({ secret }: { readonly secret: string }) {
  return (
    <>
      <Notice kind="fault">{say('status.gone')}</Notice>
      {own.value.some(({ id }) => id === secret) && (
        <Act
          kind="quiet"
          text={say('status.forget')}
          act={() => void forget(secret).then(() => (location.hash = ''))}
        />
      )}
    </>
  )
}

const steps = ['received', 'looked-at', 'ordered', 'mended'] as const

function Report(props: { readonly report: PublicReport; readonly secret: string; readonly again: () => void }) {
  const { report, secret, again } = props
  const { state, answer, known, text, photos, receivedAt, changedAt } = report
  const reached = steps.findIndex((step) => step === state)
  return (
    <>
      <p class="large" data-state={state}>
        {say(`state.${state}`)}
      </p>
      <p>{say(`about.${state}`)}</p>
      {answer !== null && (
        <figure class="card">
          <figcaption class="quiet">{say('status.answer')}</figcaption>
          <blockquote class="said">{answer}</blockquote>
        </figure>
      )}
      <LeftOutPhotos report={report} secret={secret} again={again} />
      {known && <Notice kind="open">{say('status.known')}</Notice>}
      {reached >= 0 && (
        <ol class="steps">
          {steps.map((step, index) => (
            <li key={step} class={index <= reached ? 'done' : ''} aria-current={index === reached ? 'step' : undefined}>
              {say(`state.${step}`)}
            </li>
          ))}
        </ol>
      )}
      <dl class="facts">
        <dt>{say('status.received')}</dt>
        <dd>{timeText(receivedAt)}</dd>
        <dt>{say('status.changed')}</dt>
        <dd>{timeText(changedAt)}</dd>
        {text !== '' && (
          <>
            <dt>{say('status.text')}</dt>
            <dd class="said">{text}</dd>
          </>
        )}
        {photos > 0 && (
          <>
            <dt>{say('photo.title')}</dt>
            <dd>{say('status.photos', { n: photos })}</dd>
          </>
        )}
      </dl>
      <CopyLink />
      {state !== 'withdrawn' && <Withdraw secret={secret} again={again} />}
    </>
  )
}

function CopyLink() {
  const isCopied = useSignal(false)
  const { clipboard } = navigator as { readonly clipboard?: Clipboard }
  const copy = async (): Promise<void> => {
    await clipboard?.writeText(location.href)
    isCopied.value = true
  }
  return (
    <section>
      <p class="quiet">{say('status.link')}</p>
      {clipboard === undefined ? (
        <p class="address">{location.href}</p>
      ) : (
        <Act kind="quiet" text={say(isCopied.value ? 'status.copied' : 'status.copy')} act={() => void copy()} />
      )}
    </section>
  )
}

function Withdraw({ secret, again }: { readonly secret: string; readonly again: () => void }) {
  const isBad = useSignal(false)
  const withdraw = async (): Promise<void> => {
    if (!window.confirm(say('status.withdrawAsk'))) return
    try {
      await withdrawReport(secret)
      again()
    } catch {
      isBad.value = true
    }
  }
  return (
    <details>
      <summary>{say('status.withdraw')}</summary>
      <p>{say('status.withdrawAbout')}</p>
      {isBad.value && <Notice kind="fault">{say('app.broken')}</Notice>}
      <Act kind="quiet" text={say('status.withdraw')} act={() => void withdraw()} />
    </details>
  )
}
