// Accepted connections begin their handshakes in the order in which they came, some in each turn of the event loop.
import { Socket } from 'node:net'
import { setImmediate as turn } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { HandshakeTurns } from './handshake-turns.ts'

const sockets = (count: number) => Array.from({ length: count }, () => new Socket())

it('a single connection begins at once', () => {
  const begun: Socket[] = []
  const [socket] = sockets(1)
  new HandshakeTurns((one) => begun.push(one)).enter(socket!)
  expect(begun).toEqual([socket])
})

it('a storm begins in its order, a part of it in each turn, and all of it', async () => {
  const begun: Socket[] = []
  const turns = new HandshakeTurns((one) => begun.push(one))
  const storm = sockets(100)
  for (const socket of storm) turns.enter(socket)
  const counts = [begun.length]
  while (begun.length < storm.length && counts.length < 100) {
    await turn()
    counts.push(begun.length)
  }
  expect(counts.length).toBeGreaterThan(3)
  expect(counts.every((count, index) => count - (counts[index - 1] ?? 0) <= 16)).toBe(true)
  expect(begun.every((socket, index) => socket === storm[index])).toBe(true)
})

it('a connection that was closed while it waited costs no handshake', async () => {
  const begun: Socket[] = []
  const turns = new HandshakeTurns((one) => begun.push(one))
  const storm = sockets(20)
  for (const socket of storm) turns.enter(socket)
  storm[19]!.destroy()
  await turn()
  await turn()
  expect(begun).toEqual(storm.slice(0, 19))
})
