import { describe, expect, it } from 'vitest'
import { createProgress, type Progress } from './progress.ts'

function shown(isTerminal: boolean, use: (progress: Progress, pass: (ms: number) => void) => void): readonly string[] {
  const written: string[] = []
  let nowMs = 0
  const progress = createProgress({ isTerminal, write: (text) => written.push(text), now: () => nowMs })
  use(progress, (ms) => (nowMs += ms))
  return written
}

describe('progress', () => {
  it('is a bar with the time left on a terminal, drawn over itself ten times a second at most, and taken away', () => {
    const written = shown(true, (progress, pass) => {
      progress.update(0, 10, 'images')
      for (let done = 0; done < 5; done += 1) progress.update(done, 10, 'images')
      pass(5000)
      progress.update(5, 10, 'images')
      progress.end()
    })
    expect(written).toHaveLength(3)
    expect(written[1]).toBe('\r\u001b[2K[###############...............] 50 %, 5 s left  images')
    expect(written[2]).toBe('\r\u001b[2K')
  })

  it('is a line every ten seconds elsewhere', () => {
    const written = shown(false, (progress, pass) => {
      for (let done = 0; done < 100; done += 1) {
        progress.update(done, 100, done < 50 ? 'first' : 'second')
        pass(1000)
      }
      progress.end()
    })
    expect(written).toHaveLength(10)
    expect(written[0]).toBe('0 % (0 of 100)  first\n')
    expect(written[5]).toMatch(/^50 % \(50 of 100\), 50 s left {2}second\n$/)
  })
})
