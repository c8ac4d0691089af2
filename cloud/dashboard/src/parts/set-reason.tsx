// Why a gateway did not take what it was offered: the sentence for people, and its own words for whoever repairs it.
import type { TextKey } from '../text/dictionary.ts'
import { t } from '../text/language.ts'

const reasonKeys: Readonly<Record<string, TextKey>> = {
  'config.invalid': 'set.configInvalid',
  'model.invalid': 'set.modelInvalid',
  'uplink.refused': 'set.hubAway',
  'deployment.signature': 'set.signature',
  'deployment.stale': 'set.stale',
  'deployment.identity': 'set.identity',
  'deployment.artefact': 'set.artefact',
  'deployment.disk-full': 'set.diskFull',
  'deployment.companion': 'set.companion',
  'deployment.device': 'set.device',
  'deployment.uplink': 'set.uplink',
  'deployment.health': 'set.health',
  'deployment.crashed': 'set.crashed',
  'deployment.set': 'set.damaged',
  'deployment.agent': 'set.programUnfit',
  'gateway.no-answer': 'set.noAnswer',
}

export function SetReason({ code, message }: { readonly code: string; readonly message: string }) {
  return (
    <small class="gateway-refusal">
      {t(reasonKeys[code] ?? 'set.otherReason')}
      <span class="code">
        {code}: {message}
      </span>
    </small>
  )
}
