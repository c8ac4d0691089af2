// What a board means by the number in a refusal, in words a person can act on.
import type { SmpBody } from './smp-message.ts'

/** zephyr/mgmt/mcumgr/mgmt/mgmt_defines.h, `mcumgr_err_t`. */
const generalErrors: readonly string[] = [
  'no error',
  'unknown error',
  'out of memory',
  'invalid value',
  'timed out',
  'no such entry',
  'not possible in its present state',
  'the answer is too large',
  'not supported',
  'corrupt',
  'busy',
  'access denied',
  'this version of SMP is too old',
  'this version of SMP is too new',
]

const imageGroup = 1
/** zephyr/mgmt/mcumgr/grp/img_mgmt/img_mgmt.h, `img_mgmt_err_code_t`; those that an update can meet. */
const imageErrors: ReadonlyMap<number, string> = new Map([
  [8, 'no image with this hash'],
  [9, 'no free slot: another image waits for its test or its confirmation'],
  [10, 'the flash cannot be opened'],
  [11, 'the flash cannot be read'],
  [12, 'the flash cannot be written'],
  [13, 'the flash cannot be erased'],
  [15, 'out of memory'],
  [22, 'the image is shorter than its header'],
  [23, 'not an image of MCUboot'],
  [24, 'invalid hash'],
  [25, 'the image was built for another slot'],
  [27, 'the running image is newer'],
  [28, 'an image is pending already'],
  [29, 'the image has no valid vector table'],
  [30, 'the image is larger than the slot'],
  [31, 'more bytes than the image has'],
  [32, 'confirmation denied'],
  [33, 'the running image cannot be tested'],
])

/** Why an answer is a refusal, or undefined where it is none: `rc` of SMP itself, `err` of a group (SMP version 2). */
export function refusalOf(body: SmpBody): string | undefined {
  const { rc, rsn, err } = body
  if (typeof rc === 'number' && rc !== 0) {
    const text = generalErrors[rc] ?? 'unknown error'
    return `${text} (${rc})${typeof rsn === 'string' ? `: ${rsn}` : ''}`
  }
  if (typeof err !== 'object' || err === null || Array.isArray(err) || err instanceof Uint8Array) return undefined
  const { group, rc: code } = err as SmpBody
  if (typeof code !== 'number' || code === 0) return undefined
  const text = (group === imageGroup ? imageErrors.get(code) : undefined) ?? 'unknown error'
  return `${text} (group ${typeof group === 'number' ? group : '?'}, ${code})`
}
