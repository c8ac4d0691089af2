// Reads a firmware image as MCUboot boots it: is it one, which version, and the hash by which the board names it.
import { createHash } from 'node:crypto'
import { AppError } from '../../broker/contract/app-error.ts'

/** What an update needs to know of an image. */
export interface FirmwareImage {
  readonly bytes: Buffer
  /** `major.minor.revision` and, where it is not 0, `.build`, as the board writes it. */
  readonly version: string
  /** The hash in the image's TLV area, by which the board lists and confirms it. */
  readonly hash: Buffer
  /** SHA-256 of the whole file, by which the board knows an upload again. */
  readonly fileHash: Buffer
}

/** boot/bootutil/include/bootutil/image.h; all little-endian. */
const imageMagic = 0x96f3b83d
const headerBytes = 32
const tlvInfoMagic = 0x6907
const protectedTlvInfoMagic = 0x6908
const tlvHeaderBytes = 4
/** By type of the entry; newer boards name an image by a longer hash. */
const hashTypes: ReadonlyMap<number, { readonly algorithm: string; readonly bytes: number }> = new Map([
  [0x10, { algorithm: 'sha256', bytes: 32 }],
  [0x11, { algorithm: 'sha384', bytes: 48 }],
  [0x12, { algorithm: 'sha512', bytes: 64 }],
])
/** AES-128 and AES-256: the hash is of the image before it was encrypted, and only the board can check it. */
const encryptedFlags = 0x04 | 0x08
/** No microcontroller's slot is larger. */
const maxImageBytes = 64 * 1024 * 1024

/**
 * The image in a file's bytes. Throws AppError `firmware.invalid`: no MCUboot header, cut short, no hash in it, or one that
 * does not fit the bytes.
 */
export function readFirmwareImage(bytes: Buffer): FirmwareImage {
  if (bytes.length > maxImageBytes) throw invalid(`${bytes.length} bytes are more than any board takes`)
  if (bytes.length < headerBytes || bytes.readUInt32LE(0) !== imageMagic) {
    throw invalid(
      'it does not begin with the header of MCUboot (3d b8 f3 96); take the signed file of imgtool (*.signed.bin)',
    )
  }
  const hashedEnd = bytes.readUInt16LE(8) + bytes.readUInt32LE(12) + bytes.readUInt16LE(10)
  const { algorithm, hash } = findHash(bytes, hashedEnd)
  const isEncrypted = (bytes.readUInt32LE(16) & encryptedFlags) !== 0
  const isIntact = isEncrypted || createHash(algorithm).update(bytes.subarray(0, hashedEnd)).digest().equals(hash)
  if (!isIntact) throw invalid('its hash does not fit its bytes; copy or build it again')
  return { bytes, version: versionOf(bytes), hash, fileHash: fileHashOf(bytes) }
}

/** Bytes that are no MCUboot image, for a board whose boot loader takes others; its list must name them by `hash`. */
export function forcedImage(bytes: Buffer): FirmwareImage {
  return { bytes, version: 'unknown', hash: fileHashOf(bytes), fileHash: fileHashOf(bytes) }
}

function versionOf(bytes: Buffer): string {
  const build = bytes.readUInt32LE(24)
  const version = `${bytes.readUInt8(20)}.${bytes.readUInt8(21)}.${bytes.readUInt16LE(22)}`
  return build === 0 ? version : `${version}.${build}`
}

function fileHashOf(bytes: Buffer): Buffer {
  return createHash('sha256').update(bytes).digest()
}

/** The area after header, body and protected area: `magic`, its own size, then entries of type, length and value. */
function findHash(bytes: Buffer, infoAt: number): { readonly algorithm: string; readonly hash: Buffer } {
  if (infoAt + tlvHeaderBytes > bytes.length) throw invalid('it ends before its hash: the file is cut short')
  const magic = bytes.readUInt16LE(infoAt)
  if (magic === protectedTlvInfoMagic) throw invalid('its header gives a wrong size for the protected area')
  if (magic !== tlvInfoMagic) throw invalid('no hash follows its body: it was not signed by imgtool')
  const end = infoAt + bytes.readUInt16LE(infoAt + 2)
  if (end > bytes.length) throw invalid('it ends within its hash: the file is cut short')
  for (let at = infoAt + tlvHeaderBytes; at + tlvHeaderBytes <= end;) {
    const length = bytes.readUInt16LE(at + 2)
    const value = bytes.subarray(at + tlvHeaderBytes, at + tlvHeaderBytes + length)
    const type = hashTypes.get(bytes.readUInt8(at))
    if (type?.bytes === value.length) return { algorithm: type.algorithm, hash: value }
    at += tlvHeaderBytes + length
  }
  throw invalid('it carries no hash, by which the board would be told which image to test')
}

function invalid(reason: string): AppError {
  return new AppError('firmware.invalid', `not a firmware image: ${reason}`)
}
