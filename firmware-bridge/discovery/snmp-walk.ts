// What an SNMP agent tells of itself: its system group, its ports and its radios, and which of our profiles reads it.
import type { SnmpSession } from '../drivers/snmp-session.ts'
import type { SnmpProfile } from '../profile-schema.ts'

export interface SnmpAgentFacts {
  readonly description: string | undefined
  readonly name: string | undefined
  readonly uptimeS: number | undefined
  readonly ports: readonly { readonly name: string; readonly isUp: boolean }[]
  /** Profiles of which this agent answers at least one object, the best first. */
  readonly profiles: readonly { readonly id: string; readonly answered: number; readonly of: number }[]
}

const sysDescr = '1.3.6.1.2.1.1.1.0'
const sysUpTime = '1.3.6.1.2.1.1.3.0'
const sysName = '1.3.6.1.2.1.1.5.0'
const ifName = '1.3.6.1.2.1.31.1.1.1.1'
const ifOperStatus = '1.3.6.1.2.1.2.2.1.8'

/** Throws AppError `driver.*` when the agent does not answer at all. */
export async function walkSnmpAgent(
  session: SnmpSession,
  profiles: readonly SnmpProfile[],
  signal: AbortSignal,
): Promise<SnmpAgentFacts> {
  const system = await session.get([sysDescr, sysUpTime, sysName], signal)
  const [names, states] = [await session.walk(ifName, signal), await session.walk(ifOperStatus, signal)]
  const text = (oid: string) => system.get(oid)?.toString()
  const ticks = system.get(sysUpTime)
  return {
    description: text(sysDescr),
    name: text(sysName),
    uptimeS: ticks === undefined ? undefined : Number(ticks) / 100,
    ports: [...names].map(([index, name]) => ({ name: String(name), isUp: Number(states.get(index)) === 1 })),
    profiles: await fittingProfiles(session, profiles, signal),
  }
}

async function fittingProfiles(
  session: SnmpSession,
  profiles: readonly SnmpProfile[],
  signal: AbortSignal,
): Promise<SnmpAgentFacts['profiles']> {
  const fits: { id: string; answered: number; of: number }[] = []
  for (const { id, channels } of profiles) {
    let answered = 0
    for (const { source } of channels) if (await hasObject(session, source, signal)) answered += 1
    if (answered > 0) fits.push({ id, answered, of: channels.length })
  }
  return fits.sort((a, b) => b.answered / b.of - a.answered / a.of || b.of - a.of)
}

async function hasObject(
  session: SnmpSession,
  source: SnmpProfile['channels'][number]['source'],
  signal: AbortSignal,
): Promise<boolean> {
  const values = 'oid' in source ? await session.get([source.oid], signal) : await session.walk(source.column, signal)
  return values.size > 0
}
