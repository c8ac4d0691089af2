// When the demo is ready: every gateway's devices have fresh readings on the hub's API.
import { Type } from 'typebox'
import { Value } from 'typebox/value'
import type { Clock } from '../../broker/contract/ports.ts'
import { demoGateways, demoTenant, type DemoGateway } from './gateway-files.ts'

const Latest = Type.Object({
  items: Type.Array(
    Type.Object({
      gateway: Type.String(),
      device: Type.String(),
      value: Type.Union([Type.Number(), Type.Null()]),
      time: Type.Union([Type.Number(), Type.Null()]),
    }),
  ),
})

/** The device name under which a gateway reports its own health. */
const healthDevice = 'gateway'
const requestLimitMs = 2000
const pollEveryMs = 100

/** Which gateways have no device with a reading since `sinceMs`; all of them while the hub does not answer. */
async function gatewaysWithoutReadings(httpPort: number, sinceMs: number): Promise<readonly DemoGateway[]> {
  try {
    const response = await fetch(`http://127.0.0.1:${httpPort}/api/v1/latest`, {
      signal: AbortSignal.timeout(requestLimitMs),
    })
    const { items } = Value.Parse(Latest, await response.json())
    const fresh = items.filter(
      ({ device, value, time }) => device !== healthDevice && value !== null && (time ?? 0) >= sinceMs,
    )
    return demoGateways.filter((gateway) => !fresh.some((item) => item.gateway === `${demoTenant}/${gateway}`))
  } catch {
    // The hub is not up yet: asked again until the caller's limit, which then tells what is missing.
    return demoGateways
  }
}

/** Polls until every gateway has readings or `signal` aborts; calls `onLate` once with what is missing after `limitMs`. */
export async function whenReady(options: {
  readonly httpPort: number
  readonly sinceMs: number
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly limitMs: number
  readonly onLate: (missing: readonly DemoGateway[]) => void
}): Promise<boolean> {
  const lateMs = options.clock.monotonic() + options.limitMs
  let told = false
  while (!options.signal.aborted) {
    const missing = await gatewaysWithoutReadings(options.httpPort, options.sinceMs)
    if (missing.length === 0) return true
    if (!told && options.clock.monotonic() > lateMs) {
      told = true
      options.onLate(missing)
    }
    await pause(options.clock, options.signal)
  }
  return false
}

async function pause(clock: Clock, signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    const end = (): void => {
      timer.cancel()
      signal.removeEventListener('abort', end)
      resolve()
    }
    const timer = clock.setTimer(end, pollEveryMs)
    signal.addEventListener('abort', end, { once: true })
  })
}
