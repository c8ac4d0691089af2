// Stands in the page: asks for what the view that the address names begins with, while the page's own script is still on its way.
// Where it may not run, everything comes all the same, only later.
{
  const needs = JSON.parse(document.getElementById('views')?.textContent ?? '{}')
  let hash = location.hash
  try {
    if (hash === '') hash = localStorage.getItem('musubi.firstPage') ?? ''
  } catch {
    // Storage may be forbidden.
  }
  const view = /^#\/([a-z-]+)/.exec(hash)?.[1] ?? 'overview'
  for (const need of Object.hasOwn(needs, view) ? needs[view] : []) {
    const link = document.createElement('link')
    link.href = need
    if (need.endsWith('.js')) link.rel = 'modulepreload'
    else {
      link.rel = 'preload'
      link.as = need.endsWith('.css') ? 'style' : 'fetch'
      if (link.as === 'fetch') link.crossOrigin = 'anonymous'
    }
    document.head.append(link)
  }
}
