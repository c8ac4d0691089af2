// The peer of bench/footprint.ts: nothing but Node, a connected MQTT.js, with model files as arguments onnxruntime-node, with a JPEG sharp.
import { connectAsync } from 'mqtt'

const [url, ...files] = process.argv.slice(2)
const models = files.filter((file) => file.endsWith('.onnx'))
const picture = files.find((file) => file.endsWith('.jpg'))
if (url === undefined) throw new Error('usage: bare-gateway.ts MQTT-URL [MODEL.onnx …] [FRAME.jpg]')
const client = await connectAsync(url, { clientId: 'bare/gateway' })
const sessions: unknown[] = []
if (models.length > 0) {
  const { InferenceSession } = await import('onnxruntime-node')
  for (const model of models) sessions.push(await InferenceSession.create(model, { intraOpNumThreads: 1 }))
}
if (picture !== undefined) {
  const { default: sharp } = await import('sharp')
  sharp.cache(false)
  sharp.concurrency(1)
  setInterval(() => void sharp(picture).resize(256, 256).raw().toBuffer(), 1000)
}
console.log(JSON.stringify({ msg: 'the bare gateway runs', sessions: sessions.length }))
// As often as the gateway beside it sends.
setInterval(() => client.publish('bare/gateway/telemetry', Buffer.alloc(2_000), { qos: 1 }), 100)
// Not by the signal itself: Node writes its compile cache only at a regular exit.
process.once('SIGTERM', () => process.exit(0))
