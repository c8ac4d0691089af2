// Prints one part of a page alone, or keeps it as PDF by the browser's own dialogue: the style sheet hides the rest.

/** `part`: of `data-print-part`. */
export function printPart(part: string): void {
  const root = document.documentElement
  root.dataset['print'] = part
  const done = (): void => {
    delete root.dataset['print']
    window.removeEventListener('afterprint', done)
  }
  window.addEventListener('afterprint', done)
  window.print()
}
