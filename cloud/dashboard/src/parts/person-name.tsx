// Asks who acts here, for the record.
import { person, setPerson } from '../city/person.ts'
import { t } from '../text/language.ts'

export function PersonName() {
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
