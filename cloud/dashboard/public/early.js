// Asks for the files of the view that the address names, while the page's own script is still on its way. Runs without it, only later.
{
  const files = JSON.parse(document.getElementById('views')?.textContent ?? '{}')
  let hash = location.hash
  try {
    if (hash === '') hash = localStorage.getItem('musubi.firstPage') ?? ''
  } catch {
    // Storage may be forbidden.
  }
  const view = /^#\/([a-z-]+)/.exec(hash)?.[1] ?? 'overview'
  for (const file of Object.hasOwn(files, view) ? files[view] : []) {
    const link = document.createElement('link')
    link.href = file
    if (file.endsWith('.css')) {
      link.rel = 'preload'
      link.as = 'style'
    } else link.rel = 'modulepreload'
    document.head.append(link)
  }
}
