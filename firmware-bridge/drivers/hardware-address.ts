// Hardware addresses of people's devices stay in the driver: what an agent says of them is cut out before anything else reads it.

/** IEEE 802 MAC-48 and EUI-64 in the notations that agents and manuals use. */
const notations = [
  /(?<![0-9a-f])[0-9a-f]{1,2}(?:[:-][0-9a-f]{1,2}){5,7}(?![0-9a-f])/gi,
  /(?<![0-9a-f])[0-9a-f]{4}(?:[.:-][0-9a-f]{4}){2,3}(?![0-9a-f])/gi,
  /(?<![0-9a-f])[0-9a-f]{6}[-:][0-9a-f]{6}(?![0-9a-f])/gi,
  /(?<![0-9a-z])(?:0x)?[0-9a-f]{12}(?:[0-9a-f]{4})?(?![0-9a-z])/gi,
]
const placeholder = '(address)'

/** The text without hardware addresses. */
export function withoutAddresses(text: string): string {
  return notations.reduce((left, notation) => left.replaceAll(notation, placeholder), text)
}

/** Is an octet string an address as it stands on the wire: six or eight octets of which one is no printable ASCII? */
export function isRawAddress(octets: Uint8Array): boolean {
  return (octets.length === 6 || octets.length === 8) && octets.some((octet) => octet < 0x20 || octet > 0x7e)
}

/** Arcs of an OID that name a table and its column; what follows is the index of a row, which may be an address. */
const keptArcs = 7

/** What net-snmp says of an object, without the index of its row. */
export function withoutIndexes(message: string): string {
  const cut = message.replaceAll(/\d+(?:\.\d+){6,}/g, (oid) => `${oid.split('.').slice(0, keptArcs).join('.')}…`)
  return withoutAddresses(cut)
}
