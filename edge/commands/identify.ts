// Blinks a light of this gateway, so that the person in front of a cabinet sees which of the boxes is meant.
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { isAbsolute, join } from 'node:path'
import { AppError } from '../../broker/contract/app-error.ts'
import type { Clock, Log, Timer } from '../../broker/contract/ports.ts'

export interface Identify {
  /** Begins to blink, for so long. Throws `command.unavailable` where no light can be used. */
  blink(seconds: number): Promise<void>
  /** Gives the light back to what it showed before. */
  stop(): Promise<void>
}

/** Where Linux shows the lights of a board: a folder for each, with `trigger` and `brightness`. */
export const ledsFolder = '/sys/class/leds'

const halfPeriodMs = 250
/** Lights that belong to nobody in particular, by the names that boards give them; the best first. */
const likelyNames = [/^ACT$/i, /^led0$/i, /status/i, /user/i, /heartbeat/i, /led/i]

export function createIdentify(given: {
  readonly folder: string
  /** The light's name, or the path of a light elsewhere; undefined: the likeliest one. */
  readonly led: string | undefined
  readonly clock: Clock
  readonly log: Log
}): Identify {
  const { folder, led, clock, log } = given
  let giveBack: (() => Promise<void>) | undefined
  const timers: Timer[] = []
  /** The last change of the light: one after the other, so that giving it back is the last. */
  let turned: Promise<void> = Promise.resolve()

  const kept = (thrown: unknown): void => log.warn({ err: thrown }, 'the light could not be given back')

  async function stop(): Promise<void> {
    for (const timer of timers.splice(0)) timer.cancel()
    const restore = giveBack
    giveBack = undefined
    await turned
    await restore?.()
  }

  return {
    async blink(seconds) {
      await stop()
      const light = await chosen(folder, led)
      giveBack = await taken(light)
      let isLit = false
      const turn = (): void => {
        isLit = !isLit
        // A light that can no longer be written to stays as it is; it is given back at the end all the same.
        const brightness = isLit ? '255' : '0'
        turned = turned.then(() => writeFile(join(light, 'brightness'), brightness)).catch(() => undefined)
        timers[0] = clock.setTimer(turn, halfPeriodMs)
      }
      turn()
      timers[1] = clock.setTimer(() => void stop().catch(kept), seconds * 1000)
    },
    stop,
  }
}

async function chosen(folder: string, led: string | undefined): Promise<string> {
  if (led !== undefined && isAbsolute(led)) return led
  const names = await readdir(folder).catch((): string[] => [])
  if (led !== undefined) {
    if (names.includes(led)) return join(folder, led)
    throw unavailable(`${join(folder, led)} is not there`)
  }
  for (const pattern of likelyNames) {
    const found = names.find((name) => pattern.test(name))
    if (found !== undefined) return join(folder, found)
  }
  throw unavailable(`there is no light in ${folder} to blink with`)
}

/** Takes the light from its trigger; what is returned gives it back. */
async function taken(light: string): Promise<() => Promise<void>> {
  const [triggerFile, brightnessFile] = [join(light, 'trigger'), join(light, 'brightness')]
  try {
    const [trigger, brightness] = await Promise.all([readFile(triggerFile, 'utf8'), readFile(brightnessFile, 'utf8')])
    await writeFile(triggerFile, 'none')
    return async () => {
      await writeFile(brightnessFile, brightness.trim())
      await writeFile(triggerFile, /\[([^\]]+)\]/.exec(trigger)?.[1] ?? 'none')
    }
  } catch (cause) {
    throw unavailable(`the light ${light} cannot be used: ${cause instanceof Error ? cause.message : String(cause)}`)
  }
}

function unavailable(message: string): AppError {
  return new AppError('command.unavailable', message)
}
