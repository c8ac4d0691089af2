// How large a status document may be: known to the gateway that writes it and to the broker that lets it through.

/**
 * Bytes of a status document. A birth names every series of a gateway: 20,000 of them, which is all that a hub takes of one
 * gateway, with 400 bytes each (130 are usual). Any other packet keeps the broker's own, smaller limit.
 */
export const maxStatusBytes = 8_000_000
