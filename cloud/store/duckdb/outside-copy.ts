// Copies a file that this process has open as a database, by a process of its own.
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { targetFault } from '../copy-fault.ts'

const program = fileURLToPath(new URL('./copy-file.ts', import.meta.url))
const run = promisify(execFile)

/** The copy has mode 600 and is on the medium when this resolves; `to` does not exist yet. Throws `backup.target`, `backup.disk-full`. */
export async function copyOutside(from: string, to: string, signal: AbortSignal): Promise<void> {
  try {
    await run(process.execPath, [program, from, to], { signal })
  } catch (thrown) {
    const said = (thrown as { readonly stderr?: string }).stderr ?? ''
    throw targetFault(
      new Error(`${from} could not be copied: ${said === '' ? String(thrown) : said}`, { cause: thrown }),
    )
  }
}
