// The pages before the city: sign in, and the second factor of those who must have one.
import './style/alarm-acts.css'
import './style/account.css'
import './style/door.css'
import './style/notices.css'
import './style/duty.css'
import './style/admin.css'
import type { ComponentChild } from 'preact'
import { isDoorAddress, nextPage } from './api/door-address.ts'
import type { HubApi } from './api/hub-api.ts'
import type { Me } from './api/shapes.ts'
import { SecondFactor } from './views/second-factor.tsx'
import { SignIn } from './views/sign-in.tsx'

interface Door {
  readonly api: HubApi
  readonly show: (screen: ComponentChild) => void
  /** The secret of a one-time link. */
  readonly link: string | undefined
  /** Whoever is in but for the second factor. */
  readonly me: Me | undefined
}

/** Whoever has come in begins with a fresh page: nothing of another person's is left. */
export function openDoor({ api, show, link, me }: Door): void {
  if (me !== undefined) return show(<SecondFactor me={me} api={api} done={() => location.reload()} />)
  const enter = ({ needsSecondFactor }: Me): void =>
    isDoorAddress() && !needsSecondFactor ? location.replace(nextPage()) : location.reload()
  const { pathname, search, hash } = isDoorAddress() ? nextPage() : location
  show(<SignIn api={api} link={link} next={pathname + search + hash} fault={takeFault()} done={enter} />)
}

/** Why the identity provider's answer let nobody in: said once. */
function takeFault(): string | undefined {
  const found = new URLSearchParams(location.search).get('fault') ?? undefined
  if (found !== undefined) history.replaceState(null, '', location.pathname)
  return found
}
