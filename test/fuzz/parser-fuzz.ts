// What every parser of foreign bytes promises, over as many generated inputs as the run asks for: only coded errors, no hang, bounded memory.
import { setImmediate as nextTurn } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { AppError, type ErrorCode } from '../../broker/contract/app-error.ts'
import { countBlocks } from './executed-blocks.ts'
import { type FrameSource, hostileInput, stretched } from './hostile-bytes.ts'
import { seededRandom } from './seeded-random.ts'

export interface FuzzedParser extends FrameSource {
  readonly name: string
  /** The codes that bytes may end in; another one, or an error without a code, is a fault. */
  readonly codes: readonly ErrorCode[]
  /**
   * Takes one input as it comes from the wire. A stream's parser may keep state from one input to the next: then what is
   * broken in one may spoil the following valid one, so set `isStream`.
   */
  parse(bytes: Buffer): unknown
  readonly isStream?: boolean
  /** The share of the run's inputs that this parser gets; less than 1 where one input takes a signature or the like. */
  readonly share?: number
}

/** Inputs for each parser: MUSUBI_FUZZ_INPUTS, e.g. 1000000; the seed: MUSUBI_FUZZ_SEED. */
const runInputs = Number(process.env['MUSUBI_FUZZ_INPUTS'] ?? 20_000)
const seed = Number(process.env['MUSUBI_FUZZ_SEED'] ?? 20_261_122)
const inputsPerTurn = 5000
/** What stays behind after the first fifth (caches, compiled code) may still grow by this much, whatever the number of inputs. */
const maxGrowthBytes = 8 * 2 ** 20
const perInputMs = 0.6

export function describeFuzz(parser: FuzzedParser): void {
  const inputs = inputsOf(parser)
  describe(`${parser.name}, given hostile bytes`, () => {
    it(
      `ends only in what it may: a result or ${parser.codes.join(', ')} (${inputs} inputs)`,
      { timeout: 30_000 + runInputs * perInputMs },
      () => feedAll(parser),
    )

    it('does work in step with the length of the input, not with its square', { timeout: 60_000 }, async () => {
      const short = await blocksPerByte(parser, 1024)
      const long = await blocksPerByte(parser, 8192)
      // A square law would make this eight times as much.
      expect(long).toBeLessThan(short * 3 + 1)
    })
  })
}

function inputsOf({ share = 1 }: FuzzedParser): number {
  return Math.ceil(runInputs * share)
}

async function feedAll(parser: FuzzedParser): Promise<void> {
  const inputs = inputsOf(parser)
  const random = seededRandom(seed)
  let accepted = 0
  let settledBytes = Number.NaN
  for (let index = 0; index < inputs; index += 1) {
    const { bytes, isValid } = hostileInput(parser, random)
    const error = await faultOf(parser, bytes)
    if (error === undefined) accepted += 1
    else if (!isAllowed(parser, error) || (isValid && parser.isStream !== true)) throw found(bytes, index, error)
    if (index % inputsPerTurn === 0) await nextTurn()
    if (index === Math.floor(inputs / 5)) settledBytes = bytesInUse()
  }
  expect(bytesInUse() - settledBytes).toBeLessThan(maxGrowthBytes)
  // Most valid inputs got through: the generator makes what the parser reads.
  expect(accepted).toBeGreaterThan(inputs / 10)
}

/** Undefined when the parser took the input. Awaits only where there is something to await: a million turns cost time. */
async function faultOf(parser: FuzzedParser, bytes: Buffer): Promise<unknown> {
  try {
    const result = parser.parse(bytes)
    if (result instanceof Promise) await result
    return undefined
  } catch (error) {
    return error ?? new Error('nothing was thrown')
  }
}

function isAllowed(parser: FuzzedParser, error: unknown): boolean {
  return error instanceof AppError && parser.codes.includes(error.code)
}

function found(bytes: Buffer, index: number, cause: unknown): Error {
  const what = cause instanceof AppError ? `${cause.code} ${cause.message}` : String(cause)
  return new Error(`input ${index} of seed ${seed} ended in ${what}: ${bytes.toString('hex')}`, { cause })
}

async function blocksPerByte(parser: FuzzedParser, length: number): Promise<number> {
  const random = seededRandom(seed)
  const long = Array.from({ length: 200 }, () => stretched(parser, random, length))
  const counter = await countBlocks()
  await counter.take()
  for (const bytes of long) await faultOf(parser, bytes)
  const blocks = await counter.take()
  await counter.stop()
  return blocks / long.reduce((sum, bytes) => sum + bytes.length, 0)
}

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

/** Heap and buffers outside it, after two collections: the first may leave what finalisers still hold. */
function bytesInUse(): number {
  collectGarbage()
  collectGarbage()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}
