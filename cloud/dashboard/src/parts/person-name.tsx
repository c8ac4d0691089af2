// Asks who acts here, for the record.
import { person, setPerson } from '../city/person.ts'
import { access } from '../city/session.ts'
import { t } from '../text/language.ts'

/** Nothing where the hub knows who is signed in. */
export function PersonName() {
  if (access.value.state === 'in') return null
  return (
    <label class="person-name">
      {t('care.by')}
      <input
        type="text"
        autocomplete="name"
        maxLength={100}
        value={person.value}
        onInput={(event) => setPerson(event.currentTarget.value)}
      />
    </label>
  )
}
