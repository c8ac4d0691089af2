// S5: one camera frame, JPEG of 1 MP, to its verdict with heat map on one thread, beside the bare decoding and the bare session.run.
import { parseArgs } from 'node:util'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import sharp from 'sharp'
import { silentLog, systemClock } from '../broker/contract/ports.ts'
import { createCounters } from '../edge/counters.ts'
import { createVisionHost } from '../edge/vision/vision-host.ts'
import { isImagePackage, type ImagePackage } from '../models/model-package.ts'
import { packageFolder } from '../models/package-folder.ts'
import { loadPackage } from '../models/package.ts'
import { createTrust } from '../models/signature.ts'
import { openVisionModel } from '../models/vision/open-vision-model.ts'
import { seededRandom } from '../test/fuzz/seeded-random.ts'
import { median, percentile, printReport } from './report.ts'

const targetRatio = 1.25
const side = 1024
const warmUps = 5
const bareOptions = { intraOpNumThreads: 1, interOpNumThreads: 1, executionMode: 'sequential' } as const

type Stage = () => Promise<unknown>

export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({ args: [...args], options: { model: { type: 'string' }, frames: { type: 'string' } } })
  const place = values.model ?? 'surface-inspection'
  const frames = Number(values.frames ?? 60)
  const model = await imagePackage(packageFolder(place))
  const jpeg = await drawnPart()
  const bare = await bareStages(model, jpeg)
  const vision = await openVisionModel(model)
  const found = await vision.analyse(jpeg, { picture: 'all' })
  const host = await openHost(packageFolder(place))
  const question = { source: 'camera-1', package: place, bytes: jpeg, urgent: true } as const
  try {
    const times = await inTurn(frames, {
      decode: bare.decode,
      run: bare.run,
      both: async () => [await bare.decode(), await bare.run()],
      verdict: () => vision.analyse(jpeg, { picture: 'none' }),
      whole: () => vision.analyse(jpeg, { picture: 'all' }),
      hosted: () => host.analyse({ ...question, options: { picture: 'all' } }),
    })
    report(`${model.manifest.id} ${model.manifest.version}`, times, found.over)
  } finally {
    await host.close()
    await vision.close()
    await bare.close()
  }
}

async function imagePackage(folder: string): Promise<ImagePackage> {
  const model = await loadPackage(folder, createTrust({ keys: [], allowUnsigned: true }))
  if (!isImagePackage(model)) throw new Error(`${folder} reads no images`)
  return model
}

/** A brushed sheet with a dark spot: noise of a camera, so that the JPEG is as large as a real one. */
async function drawnPart(): Promise<Buffer> {
  const random = seededRandom(20261122)
  const pixels = Buffer.alloc(side * side * 3)
  for (let y = 0; y < side; y += 1) {
    for (let x = 0; x < side; x += 1) {
      const spot = Math.hypot(x - 640, y - 420) < 40 ? -70 : 0
      const grey = 130 + 30 * Math.sin(x / 170) + spot + 24 * (random.below(1000) / 1000 - 0.5)
      pixels.fill(Math.max(0, Math.min(255, grey)), (y * side + x) * 3, (y * side + x) * 3 + 3)
    }
  }
  return sharp(pixels, { raw: { width: side, height: side, channels: 3 } })
    .jpeg({ quality: 85 })
    .toBuffer()
}

async function bareStages({ manifest, model }: ImagePackage, jpeg: Buffer) {
  const session = await InferenceSession.create(model, bareOptions)
  const shape = manifest.input.shape.map((dimension) => (typeof dimension === 'number' ? dimension : 1))
  const values = new Float32Array(shape.reduce((size, dimension) => size * dimension, 1)).fill(0.5)
  const feeds = { [manifest.input.name]: new Tensor('float32', values, shape) }
  return {
    decode: () => sharp(jpeg).raw().toBuffer(),
    run: () => session.run(feeds),
    close: () => session.release(),
  }
}

async function openHost(folder: string) {
  const { promise, resolve } = Promise.withResolvers<void>()
  const host = createVisionHost({
    packages: [folder],
    trust: { keyFiles: [], allowUnsigned: true },
    clock: systemClock,
    log: silentLog,
    counters: createCounters(),
    random: Math.random,
    onModels: resolve,
  })
  await promise
  return host
}

/** Wall and processor milliseconds of one frame; the processor's are those of this process alone. */
interface Times {
  readonly wallMs: number[]
  readonly cpuMs: number[]
}

/** The stages take turns, so that what else the machine does falls on all of them. */
async function inTurn<Name extends string>(
  frames: number,
  stages: Readonly<Record<Name, Stage>>,
): Promise<Readonly<Record<Name, Times>>> {
  const names = Object.keys(stages) as Name[]
  const times = Object.fromEntries(names.map((name) => [name, { wallMs: [], cpuMs: [] }])) as unknown as Record<
    Name,
    Times
  >
  for (let frame = -warmUps; frame < frames; frame += 1) {
    for (const name of names) {
      const began = performance.now()
      const used = process.cpuUsage()
      await stages[name]()
      const { user, system } = process.cpuUsage(used)
      if (frame < 0) continue
      times[name].wallMs.push(performance.now() - began)
      times[name].cpuMs.push((user + system) / 1000)
    }
  }
  return times
}

type StageName = 'decode' | 'run' | 'both' | 'verdict' | 'whole' | 'hosted'

function report(model: string, times: Readonly<Record<StageName, Times>>, over: boolean): void {
  const wallOf = (name: StageName): number => median(times[name].wallMs)
  const cpuOf = (name: StageName): number => median(times[name].cpuMs)
  const row = (text: string, name: StageName) => [
    text,
    wallOf(name).toFixed(1),
    percentile(times[name].wallMs, 0.9).toFixed(1),
    (wallOf(name) / wallOf('both')).toFixed(2),
    name === 'hosted' ? '' : cpuOf(name).toFixed(1),
    name === 'hosted' ? '' : (cpuOf(name) / cpuOf('both')).toFixed(2),
  ]
  const ratio = wallOf('whole') / wallOf('both')
  printReport({
    bench: 'inference',
    figure: 'S5',
    columns: [`${model}, 1 MP JPEG, ms`, 'median', 'p90', 'of bare', 'CPU', 'of bare'],
    rows: [
      row('bare decode (sharp)', 'decode'),
      row('bare session.run, one thread', 'run'),
      row('both', 'both'),
      row('frame to verdict with heat grid and outlines', 'verdict'),
      row('frame to verdict with heat-map picture', 'whole'),
      row('the same through the vision process', 'hosted'),
    ],
    results: {
      bareMs: wallOf('both'),
      verdictMs: wallOf('verdict'),
      wholeMs: wallOf('whole'),
      hostedMs: wallOf('hosted'),
      ratio: Number(ratio.toFixed(3)),
      cpuRatio: Number((cpuOf('whole') / cpuOf('both')).toFixed(3)),
      targetRatio,
      over,
      met: ratio <= targetRatio,
    },
  })
}
