// The factory's shift before the first start of the demo: its parts, each really judged by the model that was just taught, told to the hub. A program of its own.
import { mkdir, writeFile } from 'node:fs/promises'
import { setPriority } from 'node:os'
import { join } from 'node:path'
import mqtt from 'mqtt'
import { encodeEnvelope } from '../../broker/contract/envelope-codec.ts'
import { encodeEvent } from '../../broker/contract/event-codec.ts'
import { topicOf } from '../../broker/contract/topics.ts'
import { trustOf } from '../../edge/checks/trust.ts'
import { pictureId } from '../../edge/teach/example-store.ts'
import { flangeOf } from '../../firmware-bridge/simulators/factory/flange.ts'
import { photograph } from '../../firmware-bridge/simulators/factory/photograph.ts'
import { fieldSeed } from '../../firmware-bridge/simulators/kimitsu.ts'
import { loadPackage } from '../../models/package.ts'
import { openVisionModel } from '../../models/vision/open-vision-model.ts'
import { demoTenant } from './gateway-files.ts'

const everyMs = 60_000
const lengthMs = 3 * 3_600_000
/** As many as the gateway keeps for corrections. */
const keptFrames = 150
/** Behind everything else that runs on the machine. */
const lowestPriority = 19
/** None of them comes down the line again: its own numbers are those of the clock. */
const firstPart = 1_000_000

const [modelFolder, publicKey, framesFolder, mqttPort] = process.argv.slice(2)
if (modelFolder === undefined || publicKey === undefined || framesFolder === undefined || mqttPort === undefined)
  throw new Error(
    'judge-past MODEL KEY FRAMES PORT: what judges, who signed it, where frames are kept, where the hub is',
  )
setPriority(lowestPriority)
const started = performance.now()
const endMs = Date.now()
const packed = await loadPackage(modelFolder, await trustOf({ keyFiles: [publicKey], allowUnsigned: false }))
const model = await openVisionModel(packed)
const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${mqttPort}`)
await mkdir(framesFolder, { recursive: true })
const topic = topicOf({ tenant: demoTenant, gateway: 'factory-kazusa' }, 'event')
const epoch = `past-${endMs}`
const count = Math.floor(lengthMs / everyMs)
let passed = 0
try {
  for (let index = 0; index < count; index += 1) {
    const timeMs = endMs - (count - index) * everyMs
    const frame = await photograph(flangeOf(fieldSeed, firstPart + index))
    const finding = await model.analyse(frame, { picture: 'all', plain: true })
    if (index >= count - keptFrames) {
      await writeFile(join(framesFolder, `${String(timeMs).padStart(13, '0')}-${pictureId(frame)}.img`), frame)
    }
    passed += finding.over ? 0 : 1
    const { score, class: name, boxes, mask, heat, picture, timings } = finding
    const { id, version } = model.description
    const event = encodeEvent(
      {
        kind: 'inspection',
        source: 'line-1',
        timeMs,
        model: { id, version },
        score,
        class: name,
        state: finding.over ? 'reject' : 'pass',
        boxes,
        mask,
        ...(heat === undefined ? {} : { heat }),
        latencyMs: timings.decodeMs + timings.runMs + timings.readMs,
        detail: { camera: 'camera-1', picture: 'plain', frame: pictureId(frame) },
      },
      picture,
    )
    const envelope = encodeEnvelope({ epoch, seq: index + 1, prev: index, pack: event })
    await client.publishAsync(topic, Buffer.from(envelope), { qos: 1 })
  }
} finally {
  await client.endAsync()
  await model.close()
}
console.log(JSON.stringify({ seconds: (performance.now() - started) / 1000, count, passed }))
