// A file that the screen made, given to whoever looks at it.
/** Hands a file to the browser, which asks or knows where to keep it. */
export function saveFile(content: Blob, name: string): void {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(content)
  link.download = name
  link.click()
  // The browser has taken hold of it by the time that anything else runs; a minute is for slow disks.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000)
}
