// Asks a person at the terminal for a secret, which does not appear there.
import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import { AppError } from '../broker/contract/app-error.ts'

/** Throws `config.invalid`, with what to do instead, where nobody sits at a terminal. */
export async function askSecret(
  question: string,
  instead = 'give the passphrase by --passphrase-file',
): Promise<string> {
  if (!process.stdin.isTTY) throw new AppError('config.invalid', `no terminal: ${instead}`)
  process.stderr.write(question)
  const output = new Writable({ write: (_chunk, _encoding, done) => done() })
  const lines = createInterface({ input: process.stdin, output, terminal: true })
  try {
    return await lines.question('')
  } finally {
    lines.close()
    process.stderr.write('\n')
  }
}
