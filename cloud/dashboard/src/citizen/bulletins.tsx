// Messages of the disaster broadcast that are in force: before everything else on the first page.
import { language, timeText } from '../phone/language.ts'
import { fetchBulletins, type Bulletin } from './hub.ts'
import { useLoaded } from './page.tsx'
import { say } from './text/say.ts'

const refreshMs = 60_000
const mostShown = 5

/** Nothing where there is none, or the hub cannot be asked. */
export function Bulletins() {
  const { state } = useLoaded(fetchBulletins, refreshMs)
  const bulletins = state !== undefined && 'found' in state ? state.found : []
  if (bulletins.length === 0) return null
  return (
    <section aria-labelledby="bulletins">
      <h2 id="bulletins">{say('bulletin.title')}</h2>
      {bulletins.slice(0, mostShown).map((one) => (
        <Message key={one.id} bulletin={one} />
      ))}
    </section>
  )
}

function Message({ bulletin: { texts, sent, status } }: { readonly bulletin: Bulletin }) {
  const said = textOf(texts)
  if (said === undefined) return null
  const [lang, { title, text }] = said
  const mark = status === 'exercise' ? say('bulletin.exercise') : ''
  return (
    <article class="card bulletin" lang={lang}>
      <h3>{title.startsWith(mark) ? title : mark + title}</h3>
      <p class="said">{text}</p>
      <small class="quiet">{timeText(sent)}</small>
    </article>
  )
}

/** In the language of the page, or else the first that there is. */
function textOf(texts: Bulletin['texts']): readonly [string, Bulletin['texts'][string]] | undefined {
  const all = Object.entries(texts)
  return all.find(([lang]) => lang.toLowerCase().startsWith(language.value)) ?? all[0]
}
