// The simulated uplink between two real sockets: cut, half-open, slow and narrow.
import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { systemClock, type Clock } from '../../broker/contract/ports.ts'
import { createLink, type Link } from '../../firmware-bridge/simulators/link.ts'

const opened: (() => Promise<void> | void)[] = []
let echoPort = 0

beforeEach(async () => {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.pipe(socket)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  echoPort = (server.address() as AddressInfo).port
  opened.push(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
})

afterEach(async () => {
  for (const close of opened.splice(0).toReversed()) await close()
})

async function openLink(clock: Clock = systemClock): Promise<Link> {
  const link = await createLink({ listen: { port: 0 }, target: { host: '127.0.0.1', port: echoPort }, clock })
  opened.push(() => link.close())
  return link
}

async function dial(link: Link): Promise<Socket> {
  const socket = connect({ host: '127.0.0.1', port: link.port })
  socket.on('error', () => undefined)
  opened.push(() => void socket.destroy())
  await once(socket, 'connect')
  return socket
}

/** `once` of node:events would reject at the reset. */
async function closing(socket: Socket): Promise<void> {
  await new Promise<void>((resolve) => socket.once('close', () => resolve()))
}

async function echo(socket: Socket, text: string): Promise<string> {
  socket.write(text)
  let received = ''
  while (received.length < text.length) received += String((await once(socket, 'data'))[0])
  return received
}

describe('a simulated link', () => {
  it('passes bytes both ways while it is up', async () => {
    const link = await openLink()
    const socket = await dial(link)
    expect(await echo(socket, 'musubi')).toBe('musubi')
    expect(link.counters()).toEqual({ passedBytes: 12, swallowedBytes: 0, connections: 1 })
  })

  it('resets its connections when it is cut, takes none until it is restored, and then works', async () => {
    const link = await openLink()
    const socket = await dial(link)
    await echo(socket, 'before')
    const closed = closing(socket)
    link.cut()
    await closed
    const refused = connect({ host: '127.0.0.1', port: link.port })
    refused.on('error', () => undefined)
    await closing(refused)
    expect(link.state()).toBe('cut')
    link.restore()
    expect(await echo(await dial(link), 'after')).toBe('after')
  })

  it('swallows bytes without a word while half-open, and resets the torn connection afterwards', async () => {
    const link = await openLink()
    const socket = await dial(link)
    await echo(socket, 'before')
    link.halfOpen()
    let answered = false
    socket.on('data', () => {
      answered = true
    })
    socket.write('into the void')
    await expect.poll(() => link.counters().swallowedBytes).toBe('into the void'.length)
    expect(socket.destroyed).toBe(false)
    const closed = closing(socket)
    link.restore()
    await closed
    expect(answered).toBe(false)
    expect(await echo(await dial(link), 'after')).toBe('after')
  })

  it('keeps the order of bytes and waits its delay on the given clock', async () => {
    const waits: { readonly run: () => void; readonly delayMs: number }[] = []
    const clock: Clock = {
      ...systemClock,
      setTimer(run, delayMs) {
        waits.push({ run, delayMs })
        return { cancel: () => undefined }
      },
    }
    const link = await openLink(clock)
    link.shape({ delayMs: 200, bytesPerSecond: 1000 })
    const socket = await dial(link)
    socket.write('x'.repeat(100))
    await expect.poll(() => waits.length).toBe(1)
    expect(waits[0]?.delayMs).toBeCloseTo(300)
    expect(link.counters().passedBytes).toBe(0)
    waits[0]?.run()
    await expect.poll(() => waits.length).toBe(2)
    expect(link.counters().passedBytes).toBe(100)
  })

  it('passes a megabyte whole and in order to a slow reader', async () => {
    const link = await openLink()
    const socket = await dial(link)
    const sent = Buffer.alloc(1_000_000)
    for (let at = 0; at < sent.length; at += 4) sent.writeUInt32BE(at, at)
    socket.end(sent)
    const chunks: Buffer[] = []
    for await (const chunk of socket) chunks.push(chunk as Buffer)
    expect(Buffer.concat(chunks).equals(sent)).toBe(true)
  })
})
