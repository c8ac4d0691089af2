// The victim of outbox-kill.test.ts: appends numbers, each tenth as an event, as fast as the event loop turns, and tells each one and its time.
import { writeSync } from 'node:fs'
import { silentLog, systemClock } from '../../broker/contract/ports.ts'
import { createCounters } from '../../edge/counters.ts'
import { Outbox } from '../../edge/outbox/outbox.ts'
import { numbered, numberedEvent, outboxOptions } from './outbox-fixture.ts'

const [folder = '.', first = '0'] = process.argv.slice(2)
const outbox = new Outbox(
  { path: `${folder}/outbox.sqlite`, ...outboxOptions },
  { clock: systemClock, log: silentLog, counters: createCounters() },
)
let next = Number(first)

function append(): void {
  if (next % 10 === 9) outbox.appendEvent(numberedEvent(next), 'normal')
  else outbox.append(numbered(next, 1), 'normal')
  writeSync(1, `${next} ${performance.now()}\n`)
  next += 1
  setTimeout(append, 1)
}
append()
