// The one check sum of boards' frames and of SMP over a console: CRC-16/XMODEM.

const polynomial = 0x1021
const table = Uint16Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 8
  for (let bit = 0; bit < 8; bit += 1) crc = crc & 0x8000 ? (crc << 1) ^ polynomial : crc << 1
  return crc & 0xffff
})

/**
 * CRC-16/XMODEM: polynomial 0x1021, initial value 0x0000, bits not reflected, no final XOR. "123456789" gives 0x31C3. It
 * travels with its high byte first, so that the CRC over bytes and their CRC is 0.
 */
export function crc16(bytes: Uint8Array): number {
  let crc = 0
  for (const byte of bytes) crc = ((crc << 8) ^ (table[(crc >> 8) ^ byte] ?? 0)) & 0xffff
  return crc
}
