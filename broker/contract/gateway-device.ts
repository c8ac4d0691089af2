// The one name that the gateway's own series have in place of a device's.

/** The device under whose name a gateway reports its own health; no field device may have this id. */
export const gatewayDevice = 'gateway'
