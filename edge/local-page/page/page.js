// Where the local page begins: the gateway says whether it is new or at work.
import { openAgent } from './agent.js'
import { button, notice, show } from './dom.js'
import { get } from './gateway.js'
import { takeHandover } from './handover.js'
import { openSetup } from './setup.js'
import { restoreLanguage, say } from './texts.js'

restoreLanguage()
const handover = takeHandover()

async function begin() {
  show('loading', () => ({ title: say('app.waiting'), content: [] }))
  try {
    const { mode, signedIn } = await get('/api/mode')
    if (mode === 'setup') openSetup({ handover, begin })
    else await openAgent({ handover, signedIn, begin })
  } catch {
    show('lost', () => ({
      title: say('app.failed'),
      content: [notice('fault', say('app.lost'))],
      actions: [button(say('check.again'), begin)],
    }))
  }
}

await begin()
