// Single keys from a terminal, or characters from a pipe, for those who steer the demo by a program.
import type { ReadStream } from 'node:tty'

/** Calls `onKey` for each character. Returns the end, which gives the terminal back as it was. */
export function listenForKeys(input: NodeJS.ReadStream, onKey: (key: string) => void): () => void {
  const onData = (bytes: Buffer): void => {
    for (const key of bytes.toString('utf8')) onKey(key)
  }
  setRaw(input, true)
  input.on('data', onData)
  input.resume()
  return () => {
    input.off('data', onData)
    setRaw(input, false)
    input.pause()
    // A pipe would keep the process alive; a terminal does not once it is paused.
    if (!input.isTTY) input.destroy()
  }
}

function setRaw(input: ReadStream, raw: boolean): void {
  if (input.isTTY) input.setRawMode(raw)
}
