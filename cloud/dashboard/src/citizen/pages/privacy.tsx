// What is kept of whoever uses these pages.
import { Page } from '../page.tsx'
import { say } from '../text/say.ts'

export function PrivacyPage() {
  return (
    <Page title={say('privacy.title')}>
      <ul class="plain">
        <li>{say('privacy.account')}</li>
        <li>{say('privacy.photo')}</li>
        <li>{say('privacy.place')}</li>
        <li>{say('privacy.contact')}</li>
        <li>{say('privacy.link')}</li>
        <li>{say('privacy.kept')}</li>
        <li>{say('privacy.others')}</li>
      </ul>
    </Page>
  )
}
