// The peer of bench/footprint.ts: nothing but Node, a connected MQTT.js, with model files as arguments onnxruntime-node, with a JPEG sharp; each runs once a second.
import { connectAsync } from 'mqtt'

const [url, ...files] = process.argv.slice(2)
const models = files.filter((file) => file.endsWith('.onnx'))
const picture = files.find((file) => file.endsWith('.jpg'))
if (url === undefined) throw new Error('usage: bare-gateway.ts MQTT-URL [MODEL.onnx …] [FRAME.jpg]')
const client = await connectAsync(url, { clientId: 'bare/gateway' })
const runs: (() => Promise<unknown>)[] = []
if (models.length > 0) {
  const { InferenceSession, Tensor } = await import('onnxruntime-node')
  for (const model of models) {
    const session = await InferenceSession.create(model, { intraOpNumThreads: 1, enableCpuMemArena: false })
    const feeds = Object.fromEntries(
      session.inputMetadata.flatMap((input) => {
        if (!input.isTensor) return []
        const shape = input.shape.map((side) => (typeof side === 'number' ? side : 1))
        const values = new Float32Array(shape.reduce((size, side) => size * side, 1)).fill(0.5)
        return [[input.name, new Tensor('float32', values, shape)]]
      }),
    )
    runs.push(() => session.run(feeds))
  }
}
if (picture !== undefined) {
  const { default: sharp } = await import('sharp')
  sharp.cache(false)
  sharp.concurrency(1)
  runs.push(() => sharp(picture).resize(256, 256).raw().toBuffer())
}
console.log(JSON.stringify({ msg: 'the bare gateway runs', runs: runs.length }))
setInterval(() => runs.forEach((run) => void run()), 1000)
// As often as the gateway beside it sends.
setInterval(() => client.publish('bare/gateway/telemetry', Buffer.alloc(2_000), { qos: 1 }), 100)
// Not by the signal itself: Node writes its compile cache only at a regular exit.
process.once('SIGTERM', () => process.exit(0))
