// Counts the work that code does: how often its blocks run, by V8's own coverage. The same on a fast and on a busy machine.
import { Session } from 'node:inspector/promises'

export interface BlockCounter {
  /** Blocks run since the last call, in all scripts that are not Node's own. */
  take(): Promise<number>
  stop(): Promise<void>
}

/** What a regular expression does inside one match is not seen: bound the text it is given. */
export async function countBlocks(): Promise<BlockCounter> {
  const session = new Session()
  session.connect()
  await session.post('Profiler.enable')
  await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true })
  return {
    async take() {
      const { result } = await session.post('Profiler.takePreciseCoverage')
      let blocks = 0
      for (const { url, functions } of result) {
        if (url.startsWith('node:') || url.includes('/vitest/') || url.includes('/@vitest/')) continue
        for (const { ranges } of functions) for (const { count } of ranges) blocks += count
      }
      return blocks
    },
    async stop() {
      await session.post('Profiler.stopPreciseCoverage')
      session.disconnect()
    },
  }
}
