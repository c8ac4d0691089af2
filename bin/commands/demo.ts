// `musubi demo`: reads the environment, turns signals into an orderly or an immediate end, and runs the demo.
import { systemClock } from '../../broker/contract/ports.ts'
import { runDemo } from '../demo/demo.ts'
import { readDemoOptions } from '../demo/demo-options.ts'
import { listenForKeys } from '../demo/key-presses.ts'

const usage = `Usage: musubi demo        (or: npm start)
  A hub, a simulated field of Kimitsu that speaks the real protocols, and four gateways.
  MUSUBI_HTTP_PORT (8080)  MUSUBI_MQTT_PORT (1883)  MUSUBI_MQTTS_PORT (8883)  MUSUBI_HTTPS_PORT (8443)
  MUSUBI_EST_PORT (8444)
                           0: any free port
  MUSUBI_DATA (./data)     the data folder: a second start goes on with it
  MUSUBI_TIME_LAPSE (1)    simulated seconds per second, e.g. 720: a day in two minutes
  MUSUBI_HISTORY_DAYS (37) days before the first start of which the simulated field has readings
  MUSUBI_FAULTS (on)       off: no faults by themselves, only by key
  Keys: h shows them.`

/** Returns the exit code: 0 ended in order, 2 wrong usage. Throws AppErrors of the demo. */
export async function run(args: readonly string[]): Promise<number> {
  if (args.length > 0) {
    console.error(usage)
    return args.includes('--help') ? 0 : 2
  }
  const stopping = new AbortController()
  const leaving = new AbortController()
  const onSignal = (): void => {
    if (!stopping.signal.aborted) {
      stopping.abort()
      return
    }
    leaving.abort()
    process.exit(130)
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal)
  return await runDemo(readDemoOptions(process.env, process.cwd()), {
    clock: systemClock,
    random: Math.random,
    say: (line) => console.log(line),
    warn: (line) => console.error(line),
    listen: (onKey) => listenForKeys(process.stdin, onKey),
    stopping: stopping.signal,
    stop: () => stopping.abort(),
    leaving: leaving.signal,
  })
}
