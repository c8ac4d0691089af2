import { type AddressInfo, createServer, type Socket } from 'node:net'
import { expect, it } from 'vitest'
import type { AppError } from '../../broker/contract/app-error.ts'
import { silentLog, systemClock } from '../../broker/contract/ports.ts'
import { ByteLink } from './byte-link.ts'
import { tcpEndpoint } from './endpoints.ts'

it('a link whose other end takes nothing more is reset, instead of keeping what is written for ever', async () => {
  const sockets: Socket[] = []
  const server = createServer((socket) => {
    sockets.push(socket.pause())
    socket.on('error', () => undefined)
  })
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  const downs: AppError[] = []
  const link = new ByteLink({
    endpoint: tcpEndpoint({ host: '127.0.0.1', port: (server.address() as AddressInfo).port }, systemClock),
    clock: systemClock,
    log: silentLog,
    events: { onBytes: () => undefined, onDown: (error) => void downs.push(error) },
  })
  link.open()
  await link.ready(new AbortController().signal)
  while (downs.length === 0) {
    link.write(Buffer.alloc(256 * 1024))
    await new Promise((resolve) => void setTimeout(resolve, 1))
  }
  expect(downs[0]).toMatchObject({ code: 'driver.connection' })
  await link.close()
  for (const socket of sockets) socket.destroy()
  await new Promise<void>((resolve) => void server.close(() => resolve()))
})
