// The clients of bench/reconnects.ts, in a process of their own, which does what it is told over its channel.
import { setImmediate as turn } from 'node:timers/promises'
import { StormClient } from './storm-client.ts'
import type { StormOrder, StormReport } from './storm-messages.ts'

/**
 * Connections begun in one turn of the event loop. All at once would keep this one process from answering the first for longer than a
 * server waits; gateways are machines of their own.
 */
const startsPerTurn = 50

let port = 0
let clients: readonly StormClient[] = []

function report(message: StormReport): void {
  process.send?.(message)
}

async function connectAll(atOnce: number, resume: boolean): Promise<void> {
  const startMs = performance.now()
  const cpu = process.cpuUsage()
  let [resumed, attempts] = [0, 0]
  const tried = (isResumed: boolean): void => {
    attempts += 1
    if (isResumed) resumed += 1
  }
  const waiting = [...clients]
  const backMs: number[] = []
  const bringBack = async (): Promise<void> => {
    for (let client = waiting.pop(); client !== undefined; client = waiting.pop()) {
      backMs.push((await client.back(port, resume, tried)) - startMs)
    }
  }
  const workers: Promise<void>[] = []
  while (workers.length < Math.min(atOnce, clients.length)) {
    for (let some = 0; some < startsPerTurn; some += 1) workers.push(bringBack())
    await turn()
  }
  await Promise.all(workers)
  const { user, system } = process.cpuUsage(cpu)
  report({ kind: 'connected', backMs, resumed, attempts, cpuUs: user + system })
}

function sayAll(): void {
  let acknowledged = 0
  for (const client of clients) {
    void client.say().then(() => {
      acknowledged += 1
      if (acknowledged === Math.floor(clients.length / 2)) report({ kind: 'said' })
    })
  }
}

process.on('message', (order: StormOrder) => {
  if (order.kind === 'setup') {
    port = order.port
    clients = order.setup.gateways.map((_, index) => new StormClient(order.setup, index))
    report({ kind: 'ready' })
  } else if (order.kind === 'connect') void connectAll(order.atOnce, order.resume)
  else if (order.kind === 'say') sayAll()
  else {
    report({ kind: 'sent', through: clients.map(({ sent }) => sent) })
    for (const client of clients) client.end()
    process.disconnect()
  }
})
