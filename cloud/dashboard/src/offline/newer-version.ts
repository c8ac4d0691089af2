// Whether the hub serves a newer version of this page: after a deployment nobody goes on with the older one for long.
import { type ReadonlySignal, signal } from '@preact/signals'

const newer = signal(false)
/** True from then on: the next change of view loads the page anew. */
export const isOutdated: ReadonlySignal<boolean> = newer

/** A page names the file that it begins with, and every build another one. Never rejects. */
export async function lookForNewer(): Promise<void> {
  const entry = document.querySelector<HTMLScriptElement>('script[type="module"][src]')?.src.split('/').at(-1)
  if (entry === undefined || newer.value) return
  try {
    const answer = await fetch(new URL('./', document.baseURI), { cache: 'no-store', headers: { accept: 'text/html' } })
    const page = await answer.text()
    newer.value = answer.ok && page.includes('id="app"') && !page.includes(entry)
  } catch {
    // Asked again after the next loss of the connection.
  }
}
