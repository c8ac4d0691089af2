// The last lines of this program's log, for whoever examines it from afar, and each new one for whoever follows it.

export interface LogTail {
  /** One whole line, as the log writes it. */
  write(line: string): void
  /** Oldest first. */
  last(): readonly string[]
  /** Until the returned function is called. */
  follow(take: (line: string) => void): () => void
}

/** Bound: characters of the lines that are kept. Overflow: the oldest leave. Owner: the tail. */
const keptCharacters = 131_072

export function createLogTail(): LogTail {
  const followers = new Set<(line: string) => void>()
  let lines: string[] = []
  let characters = 0
  return {
    write(text) {
      const line = text.trimEnd()
      lines.push(line)
      characters += line.length
      // In halves, so that not every line moves all the others.
      if (characters > 2 * keptCharacters) {
        lines = newest(lines)
        characters = lengthOf(lines)
      }
      for (const take of followers) take(line)
    },
    last: () => newest(lines),
    follow(take) {
      followers.add(take)
      return () => void followers.delete(take)
    },
  }
}

function newest(lines: readonly string[]): string[] {
  let left = keptCharacters
  const first = lines.findLastIndex((line) => (left -= line.length) < 0)
  return lines.slice(first + 1)
}

function lengthOf(lines: readonly string[]): number {
  return lines.reduce((sum, line) => sum + line.length, 0)
}
