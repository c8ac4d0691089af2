// The address of the door, and where it leads whoever has come in.
export function isDoorAddress(): boolean {
  return location.pathname.endsWith('/sign-in')
}

/** Where `?next=` leads, within this hub: the field page sends people here. */
export function nextPage(): URL {
  const home = new URL('./', document.baseURI)
  const next = URL.parse(new URLSearchParams(location.search).get('next') ?? '', home)
  return next?.origin === home.origin && !next.pathname.endsWith('/sign-in') ? next : home
}
