// The two slots of a board's flash and what MCUboot does with them at each start: test, keep or revert.
import { readFirmwareImage } from '../../mcu/mcuboot-image.ts'

export interface SlotState {
  readonly slot: number
  readonly version: string
  readonly hash: Buffer
  readonly pending: boolean
  readonly confirmed: boolean
  readonly active: boolean
  readonly permanent: boolean
}

/** none: primary is confirmed. test, keep: secondary is asked for at the next start. trial: primary runs unconfirmed. */
type SwapState = 'none' | 'test' | 'keep' | 'trial'

export class BoardFlash {
  #primary: Buffer
  #secondary: Buffer | undefined
  #swap: SwapState = 'none'

  constructor(factoryImage: Buffer) {
    this.#primary = factoryImage
  }

  get running(): Buffer {
    return this.#primary
  }

  /** True where the other slot may be written: nothing there is asked for or needed to go back. */
  get isOtherFree(): boolean {
    return this.#swap === 'none'
  }

  erase(): void {
    this.#secondary = undefined
  }

  write(image: Buffer): void {
    this.#secondary = image
  }

  /** As Zephyr reports them; an image that cannot be read is left out. */
  states(): readonly SlotState[] {
    const other = this.#swap === 'test' || this.#swap === 'keep'
    return [
      ...stateOf(0, this.#primary, {
        active: true,
        confirmed: this.#swap !== 'trial',
        pending: false,
        permanent: false,
      }),
      ...stateOf(1, this.#secondary, {
        active: false,
        confirmed: this.#swap === 'trial',
        pending: other,
        permanent: this.#swap === 'keep',
      }),
    ]
  }

  /** False where the slots' state forbids it. */
  markForTest(slot: number): boolean {
    if (slot !== 1 || (this.#swap !== 'none' && this.#swap !== 'test')) return false
    this.#swap = 'test'
    return true
  }

  confirm(): boolean {
    if (this.#swap !== 'none' && this.#swap !== 'trial') return false
    this.#swap = 'none'
    return true
  }

  /** `refuses`: the boot loader finds no valid signature on the other image, and erases it. `keeps`: it never goes back. */
  start({ refuses, keeps }: { readonly refuses: boolean; readonly keeps: boolean }): void {
    const isAsked = this.#swap === 'test' || this.#swap === 'keep'
    if (isAsked && (refuses || stateOf(1, this.#secondary, noFlags).length === 0)) {
      this.#secondary = undefined
      this.#swap = 'none'
      return
    }
    if (this.#swap === 'none' || this.#secondary === undefined || (this.#swap === 'trial' && keeps)) return
    const [primary, secondary] = [this.#secondary, this.#primary]
    this.#primary = primary
    this.#secondary = secondary
    this.#swap = this.#swap === 'test' ? 'trial' : 'none'
  }
}

const noFlags = { pending: false, confirmed: false, active: false, permanent: false }

function stateOf(
  slot: number,
  image: Buffer | undefined,
  flags: Omit<SlotState, 'slot' | 'version' | 'hash'>,
): readonly SlotState[] {
  if (image === undefined) return []
  try {
    const { version, hash } = readFirmwareImage(image)
    return [{ slot, version, hash, ...flags }]
  } catch {
    return []
  }
}
