// One SNTP question (RFC 4330): how far this machine's clock is from a time server's.
import { createSocket } from 'node:dgram'

/** Seconds from 1900 to 1970. */
const ntpEpochS = 2_208_988_800
const clientV4 = 0x23
const serverMode = 4

/**
 * Server time minus our time in ms: ((T2 − T1) + (T3 − T4)) / 2, RFC 4330 §5. Rejects when no usable answer comes
 * within `timeoutMs`.
 */
export async function askNtp(
  server: string,
  {
    nowMs,
    timeoutMs,
    port = 123,
  }: { readonly nowMs: () => number; readonly timeoutMs: number; readonly port?: number },
): Promise<number> {
  const socket = createSocket(server.includes(':') ? 'udp6' : 'udp4')
  const { promise, resolve, reject } = Promise.withResolvers<number>()
  const limit = setTimeout(() => reject(new Error(`${server} did not answer`)), timeoutMs)
  socket.on('error', reject)
  const sentMs = nowMs()
  const question = Buffer.alloc(48)
  question[0] = clientV4
  writeTime(question, 40, sentMs)
  socket.on('message', (answer) => {
    const isOurs = answer.length >= 48 && answer.subarray(24, 32).equals(question.subarray(40, 48))
    if (!isOurs || ((answer[0] ?? 0) & 7) !== serverMode || answer[1] === 0) return
    resolve((readTime(answer, 32) - sentMs + readTime(answer, 40) - nowMs()) / 2)
  })
  socket.send(question, port, server, (error) => {
    if (error !== null) reject(error)
  })
  try {
    return await promise
  } finally {
    clearTimeout(limit)
    socket.close()
  }
}

function writeTime(bytes: Buffer, at: number, timeMs: number): void {
  const seconds = timeMs / 1000 + ntpEpochS
  bytes.writeUInt32BE(Math.floor(seconds) % 2 ** 32, at)
  bytes.writeUInt32BE(Math.floor((seconds % 1) * 2 ** 32), at + 4)
}

/** Unix ms. The 32-bit seconds wrap in 2036: a value below 2^31 belongs to the era that begins then (RFC 4330 §3). */
function readTime(bytes: Buffer, at: number): number {
  const seconds = bytes.readUInt32BE(at)
  const era = seconds < 2 ** 31 ? 2 ** 32 : 0
  return (seconds + era - ntpEpochS) * 1000 + (bytes.readUInt32BE(at + 4) / 2 ** 32) * 1000
}
