// Why photos of a report are not kept, and the way to send another one; the report itself was taken.
import { useSignal } from '@preact/signals'
import { Notice } from '../phone/controls.tsx'
import { base64Of, takePhoto } from '../photo/taken-photo.ts'
import { type PublicReport, replacePhoto, Unanswered } from './hub.ts'
import { say } from './text/say.ts'

const closed: readonly PublicReport['state'][] = ['mended', 'declined', 'merged', 'withdrawn']

export function LeftOutPhotos(props: {
  readonly report: PublicReport
  readonly secret: string
  readonly again: () => void
}) {
  const { report, secret, again } = props
  const isBusy = useSignal(false)
  const fault = useSignal<'refused' | 'failed' | undefined>(undefined)
  const { photosLeftOut: reasons, state } = report
  if (reasons.length === 0 || closed.includes(state)) return null
  const send = async (file: File | undefined): Promise<void> => {
    if (file === undefined) return
    isBusy.value = true
    try {
      const { picture } = await takePhoto(file)
      await replacePhoto(secret, await base64Of(picture))
      fault.value = undefined
      again()
    } catch (thrown) {
      fault.value = thrown instanceof Unanswered && thrown.status === 422 ? 'refused' : 'failed'
    } finally {
      isBusy.value = false
    }
  }
  return (
    <section class="card" data-left-out={reasons.length}>
      <p>
        <b>{say('leftOut.title', { n: reasons.length })}</b>
      </p>
      <ul>
        {[...new Set(reasons)].map((reason) => (
          <li key={reason}>{say(`leftOut.${reason}`)}</li>
        ))}
      </ul>
      <p>{say('leftOut.about')}</p>
      {fault.value !== undefined && <Notice kind="fault">{say(`leftOut.again.${fault.value}`)}</Notice>}
      <label class="button button-quiet file">
        {say(isBusy.value ? 'app.loading' : 'leftOut.another')}
        <input
          type="file"
          accept="image/*"
          disabled={isBusy.value}
          aria-label={say('leftOut.another')}
          onChange={(event) => {
            void send(event.currentTarget.files?.[0])
            event.currentTarget.value = ''
          }}
        />
      </label>
    </section>
  )
}
