// S5: one camera frame, JPEG of 1 MP, to its verdict with heat map on one thread, beside the bare decoding and the bare session.run.
import { parseArgs } from 'node:util'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import sharp from 'sharp'
import { silentLog, systemClock } from '../broker/contract/ports.ts'
import { createCounters } from '../edge/counters.ts'
import { createVisionHost, startVisionProcess } from '../edge/vision/vision-host.ts'
import { isImagePackage, type ImagePackage } from '../models/model-package.ts'
import { packageFolder } from '../models/package-folder.ts'
import { loadPackage } from '../models/package.ts'
import { createTrust } from '../models/signature.ts'
import { openVisionModel } from '../models/vision/open-vision-model.ts'
import { seededRandom } from '../test/fuzz/seeded-random.ts'
import { type FrameStage, openFrameStages } from './load/frame-stages.ts'
import { cpuUsOf } from './load/process-usage.ts'
import { median, percentile, printReport } from './report.ts'

const targetRatio = 1.25
const side = 1024
const warmUps = 5
const trust = { keyFiles: [], allowUnsigned: true } as const
const bareOptions = { intraOpNumThreads: 1, interOpNumThreads: 1, executionMode: 'sequential' } as const

type Stage = () => unknown

export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({ args: [...args], options: { model: { type: 'string' }, frames: { type: 'string' } } })
  const place = values.model ?? 'surface-inspection'
  const frames = Number(values.frames ?? 60)
  const model = await imagePackage(packageFolder(place))
  const jpeg = await drawnPart()
  const bare = await bareStages(model, jpeg)
  const single = await openFrameStages(model, jpeg)
  const vision = await openVisionModel(model)
  const found = await vision.analyse(jpeg, { picture: 'all' })
  const { host, pid } = await openHost(packageFolder(place))
  const question = { source: 'camera-1', package: place, bytes: jpeg, urgent: true } as const
  try {
    const before = await cpuUsOf(pid)
    const timesOf = await inTurn(frames, {
      decode: bare.decode,
      run: bare.run,
      both: async () => [await bare.decode(), await bare.run()],
      verdict: () => vision.analyse(jpeg, { picture: 'none' }),
      whole: () => vision.analyse(jpeg, { picture: 'all' }),
      hosted: () => host.analyse({ ...question, options: { picture: 'all' } }),
      ...single.stages,
    })
    const hostedCpuMs = ((await cpuUsOf(pid)) - before) / 1000 / (frames + warmUps)
    report(`${model.manifest.id} ${model.manifest.version}`, timesOf, { over: found.over, hostedCpuMs })
  } finally {
    await host.close()
    await vision.close()
    await single.close()
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
  let pid: number | undefined
  const host = createVisionHost({
    packages: [folder],
    trust,
    clock: systemClock,
    log: silentLog,
    counters: createCounters(),
    random: Math.random,
    onModels: resolve,
    startRunner(folders) {
      const runner = startVisionProcess(folders, trust)
      pid = runner.pid
      return runner
    },
  })
  await promise
  return { host, pid }
}

/** Wall and processor milliseconds of one frame; the processor's are those of this process alone. The least is what other work disturbs least. */
interface Times {
  readonly wallMs: number[]
  readonly cpuMs: number[]
}

/** The stages take turns, so that what else the machine does falls on all of them. */
async function inTurn(frames: number, stages: Readonly<Record<StageName, Stage>>): Promise<(name: StageName) => Times> {
  const timed = new Map<string, { readonly stage: Stage; readonly times: Times }>()
  for (const [name, stage] of Object.entries(stages)) timed.set(name, { stage, times: { wallMs: [], cpuMs: [] } })
  for (let frame = -warmUps; frame < frames; frame += 1) {
    for (const { stage, times } of timed.values()) {
      const began = performance.now()
      const used = process.cpuUsage()
      await stage()
      const { user, system } = process.cpuUsage(used)
      if (frame < 0) continue
      times.wallMs.push(performance.now() - began)
      times.cpuMs.push((user + system) / 1000)
    }
  }
  return (name) => timed.get(name)?.times ?? { wallMs: [], cpuMs: [] }
}

type StageName = 'decode' | 'run' | 'both' | 'verdict' | 'whole' | 'hosted' | FrameStage

const rowTexts: Readonly<Record<StageName, string>> = {
  decode: 'bare decode (sharp, full size)',
  run: 'bare session.run, one thread',
  both: 'both',
  verdict: 'frame to verdict with heat grid and outlines',
  whole: 'frame to verdict with heat-map picture',
  hosted: 'the same through the vision process',
  header: '- header',
  scaled: '- decode and resize by the manifest',
  tensor: '- pixels into the tensor',
  graph: '- the last, session.run and outputs',
  found: '- pieces, outlines, heat grid',
  drawn: '- heat over the picture',
  picture: '- picture reduced, as JPEG',
}

interface Found {
  readonly over: boolean
  /** Of the vision process, mean of all frames, with what it does after each answer. */
  readonly hostedCpuMs: number
}

function report(model: string, timesOf: (name: StageName) => Times, { over, hostedCpuMs }: Found): void {
  const wallOf = (name: StageName): number => median(timesOf(name).wallMs)
  const cpuOf = (name: StageName): number => (name === 'hosted' ? hostedCpuMs : median(timesOf(name).cpuMs))
  const leastOf = (name: StageName): number => Math.min(...timesOf(name).cpuMs)
  const ratio = (of: (name: StageName) => number, name: StageName): number => Number((of(name) / of('both')).toFixed(3))
  const names = Object.keys(rowTexts) as StageName[]
  printReport({
    bench: 'inference',
    figure: 'S5',
    columns: [`${model}, 1 MP JPEG, ms`, 'median', 'p90', 'of bare', 'CPU', 'of bare', 'least CPU', 'of bare'],
    rows: names.map((name) => [
      rowTexts[name],
      wallOf(name).toFixed(1),
      percentile(timesOf(name).wallMs, 0.9).toFixed(1),
      ratio(wallOf, name).toFixed(2),
      cpuOf(name).toFixed(1),
      ratio(cpuOf, name).toFixed(2),
      ...(name === 'hosted' ? ['', ''] : [leastOf(name).toFixed(1), ratio(leastOf, name).toFixed(2)]),
    ]),
    results: {
      bareMs: wallOf('both'),
      verdictMs: wallOf('verdict'),
      wholeMs: wallOf('whole'),
      hostedMs: wallOf('hosted'),
      verdictRatio: ratio(wallOf, 'verdict'),
      ratio: ratio(wallOf, 'whole'),
      hostedRatio: ratio(wallOf, 'hosted'),
      verdictCpuRatio: ratio(cpuOf, 'verdict'),
      cpuRatio: ratio(cpuOf, 'whole'),
      verdictLeastCpuRatio: ratio(leastOf, 'verdict'),
      leastCpuRatio: ratio(leastOf, 'whole'),
      hostedCpuRatio: ratio(cpuOf, 'hosted'),
      targetRatio,
      over,
      met: ratio(wallOf, 'whole') <= targetRatio,
    },
  })
}
