// The weeks before the first start of the demo, told to the hub as third-party devices tell it: bare SenML over MQTT, told once.
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import mqtt from 'mqtt'
import { encodePack } from '../../broker/contract/pack-codec.ts'
import { topicOf } from '../../broker/contract/topics.ts'
import { fieldSeed } from '../../firmware-bridge/simulators/kimitsu.ts'
import { fieldPast } from '../../firmware-bridge/simulators/past.ts'
import { demoTenant } from './gateway-files.ts'

const dayMs = 86_400_000
const samplesPerMessage = 1_000
/** A hub that is busy answers late; one that is gone ends the history, which goes on with the next start. */
const connectTimeoutMs = 10_000

export interface HistoryOptions {
  readonly dataFolder: string
  readonly mqttPort: number
  readonly days: number
  readonly startedMs: number
  readonly signal: AbortSignal
}

/** Gives the number of readings that were told; 0 where an earlier start did it. Each is on the hub's medium when it resolves. */
export async function tellHistory(options: HistoryOptions): Promise<number> {
  const { dataFolder, days, startedMs, mqttPort, signal } = options
  const file = join(dataFolder, 'history.json')
  const kept = await keptProgress(file)
  const untilMs = kept?.untilMs ?? startedMs
  const progress = { untilMs, throughMs: kept?.throughMs ?? untilMs - days * dayMs }
  if (days === 0 || progress.throughMs >= untilMs) return 0
  const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${mqttPort}`, { connectTimeout: connectTimeoutMs })
  const stopped = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
  let told = 0
  try {
    const past = fieldPast({ seed: fieldSeed, fromMs: progress.throughMs, toMs: untilMs })
    for (const { gateway, toMs, samples } of past) {
      const topic = topicOf({ tenant: demoTenant, gateway }, 'senml')
      for (let start = 0; start < samples.length; start += samplesPerMessage) {
        const pack = encodePack(samples.slice(start, start + samplesPerMessage), 'cbor')
        await Promise.race([client.publishAsync(topic, Buffer.from(pack), { qos: 1 }), stopped])
        if (signal.aborted) return told
      }
      told += samples.length
      // The last gateway of a day closes it; what a cut leaves half done is told again.
      if (gateway === 'wifi-city') await writeFile(file, JSON.stringify({ untilMs, throughMs: toMs }))
    }
  } finally {
    await client.endAsync(true)
  }
  return told
}

interface Progress {
  readonly untilMs: number
  readonly throughMs: number
}

/** Nothing where the file is missing, or was cut short by an end in the middle of its writing. */
async function keptProgress(file: string): Promise<Progress | undefined> {
  try {
    const kept = JSON.parse(await readFile(file, 'utf8')) as Partial<Progress>
    return typeof kept.untilMs === 'number' && typeof kept.throughMs === 'number' ? (kept as Progress) : undefined
  } catch {
    return undefined
  }
}
