// People in an order: added, moved up, taken out.
import type { RecipientItem } from '../api/shapes.ts'
import { t } from '../text/language.ts'

export function PersonOrder(props: {
  readonly label: string
  readonly chosen: readonly string[]
  readonly people: readonly RecipientItem[]
  readonly change: (chosen: readonly string[]) => void
}) {
  const { label, chosen, people, change } = props
  const nameOf = (id: string): string => people.find((one) => one.id === id)?.name ?? id
  const left = people.filter(({ id }) => !chosen.includes(id))
  return (
    <fieldset class="field-choice">
      <legend>{label}</legend>
      <ol class="notice-list person-order">
        {chosen.map((id, index) => (
          <li key={id}>
            <b>
              {index + 1}. {nameOf(id)}
            </b>
            <span class="notice-acts">
              {index > 0 && (
                <button
                  type="button"
                  class="button button-outline"
                  aria-label={t('rota.upOf', { name: nameOf(id) })}
                  onClick={() => change(chosen.toSpliced(index, 1).toSpliced(index - 1, 0, id))}
                >
                  {t('rota.up')}
                </button>
              )}
              <button
                type="button"
                class="button button-outline"
                aria-label={t('rota.takeOutOf', { name: nameOf(id) })}
                onClick={() => change(chosen.toSpliced(index, 1))}
              >
                {t('rota.takeOut')}
              </button>
            </span>
          </li>
        ))}
      </ol>
      {left.length > 0 && (
        <label class="field">
          <span class="visually-hidden">{label}</span>
          <select
            value=""
            onChange={(event) => {
              const { value } = event.currentTarget
              event.currentTarget.value = ''
              if (value !== '') change([...chosen, value])
            }}
          >
            <option value="">{t('rota.add')}</option>
            {left.map(({ id, name }) => (
              <option key={id} value={id}>
                {name}
              </option>
            ))}
          </select>
        </label>
      )}
    </fieldset>
  )
}
