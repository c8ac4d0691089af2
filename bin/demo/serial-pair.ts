// A pair of pseudo terminals joined by socat: the weather station's serial cable, where socat is installed.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Clock } from '../../broker/contract/ports.ts'
import { createChildProgram, type ChildProgram, type ChildProgramOptions } from './child-program.ts'

export interface SerialPair {
  readonly program: ChildProgram
  /** The two ends of the cable. */
  readonly stationPath: string
  readonly gatewayPath: string
}

const socat = 'socat'
const appearLimitMs = 3000
const lookEveryMs = 20

/** Undefined where socat is missing or its terminals do not appear. */
export async function openSerialPair(
  folder: string,
  options: Pick<ChildProgramOptions, 'clock' | 'random' | 'onDeath' | 'logFile'>,
): Promise<SerialPair | undefined> {
  if (!runs([socat, '-V'])) return undefined
  await mkdir(folder, { recursive: true })
  const [stationPath, gatewayPath] = [join(folder, 'weather-station'), join(folder, 'weather-gateway')]
  // What a killed demo left would look like terminals that have appeared.
  for (const path of [stationPath, gatewayPath]) await rm(path, { force: true })
  const end = (path: string): string => `pty,raw,echo=0,link=${path}`
  const program = createChildProgram({
    ...options,
    name: 'socat',
    command: () => ({ file: 'env', args: [...endsWithParent(), socat, end(stationPath), end(gatewayPath)] }),
  })
  program.start()
  if (await appear([stationPath, gatewayPath], options.clock)) return { program, stationPath, gatewayPath }
  await program.stop()
  return undefined
}

/** Where Linux's setpriv is there, the kernel ends socat when the demo dies without a word. */
function endsWithParent(): readonly string[] {
  const words = ['setpriv', '--pdeathsig', 'TERM']
  return runs([...words, 'true']) ? words : []
}

function runs(words: readonly string[]): boolean {
  return spawnSync('env', [...words], { stdio: 'ignore' }).status === 0
}

async function appear(paths: readonly string[], clock: Clock): Promise<boolean> {
  const deadlineMs = clock.monotonic() + appearLimitMs
  while (!paths.every((path) => existsSync(path))) {
    if (clock.monotonic() > deadlineMs) return false
    await new Promise<void>((resolve) => void clock.setTimer(resolve, lookEveryMs))
  }
  return true
}
