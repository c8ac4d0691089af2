// Whether one is told messages of the disaster broadcast, and from which severity on: nobody is who has not asked for it.
import type { Preferences } from '../api/shapes.ts'
import type { MyNotices } from '../notices/my-notices.ts'
import type { TextKey } from '../text/dictionary.ts'
import { t } from '../text/language.ts'

type Wanted = NonNullable<Preferences['bulletins']>
type Least = Wanted[number]['severity']

/** The words of the broadcast for the severities of the settings. */
const levels: readonly (readonly [Least, TextKey])[] = [
  ['critical', 'bulletin.extreme'],
  ['major', 'bulletin.severe'],
  ['minor', 'bulletin.moderate'],
  ['warning', 'bulletin.minor'],
  ['info', 'topic.everything'],
]
const usual: Wanted = [{ severity: 'info' }]

export function NoticeBulletins(props: { readonly preferences: Preferences; readonly notices: MyNotices }) {
  const { preferences, notices } = props
  const { bulletins = [] } = preferences
  const [first] = bulletins
  // Settings that a program made of several parts keep what this page does not show of them.
  const change = (severity: Least): void =>
    notices.change({ bulletins: bulletins.map((one) => ({ ...one, severity })) })
  return (
    <section class="notice-card" aria-labelledby="bulletins-title">
      <h2 id="bulletins-title">{t('bulletin.noticeTitle')}</h2>
      <label class="tick">
        <input
          type="checkbox"
          checked={first !== undefined}
          onChange={(event) => notices.change({ bulletins: event.currentTarget.checked ? usual : [] })}
        />
        <span>
          {t('bulletin.noticeOn')}
          <br />
          <small class="quiet">{t('bulletin.noticeAbout')}</small>
        </span>
      </label>
      {first !== undefined && (
        <label class="field">
          {t('bulletin.noticeFrom')}
          <select value={first.severity} onChange={(event) => change(event.currentTarget.value as Least)}>
            {levels.map(([severity, text]) => (
              <option key={severity} value={severity}>
                {severity === 'info'
                  ? t(text)
                  : t(severity === 'critical' ? 'topic.only' : 'topic.from', { severity: t(text) })}
              </option>
            ))}
          </select>
        </label>
      )}
    </section>
  )
}
