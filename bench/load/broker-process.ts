// Our broker alone in a process, for bench/broker.ts; prints its loopback port and ends on SIGTERM.
import { createBroker } from '../../broker/broker.ts'
import { silentLog, systemClock } from '../../broker/contract/ports.ts'

const [folder] = process.argv.slice(2)
if (folder === undefined) throw new Error('usage: broker-process.ts FOLDER')
const broker = await createBroker({ folder, clock: systemClock, log: silentLog, loopback: { port: 0 } })
console.log(broker.ports.loopback)
process.once('SIGTERM', () => void broker.close())
