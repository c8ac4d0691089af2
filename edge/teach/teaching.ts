// The lines of a gateway that learn from corrections, and the command by which a correction comes.
import { join } from 'node:path'
import { AppError, toAppError } from '../../broker/contract/app-error.ts'
import type { CommandDocument } from '../../broker/contract/command.ts'
import { packageFolder } from '../../models/package-folder.ts'
import type { InspectionConfig } from '../cameras/camera-config.ts'
import type { PackageTrust } from '../checks/checked-package.ts'
import type { CommandOutcome } from '../commands/commands.ts'
import type { VisionHost } from '../vision/vision-host.ts'
import { ensureOwnKey } from './own-key.ts'
import { type LinePorts, type TaughtFigures, TaughtLine } from './taught-line.ts'
import { type AskedPicture, teachPart } from './teach-part.ts'

export interface Teaching {
  /** For the vision host: folders of revisions by configured package, and the key that signed them. */
  readonly revisions: ReadonlyMap<string, string>
  readonly publicKeyFile: string
  modelsChanged(host: VisionHost): void
  /** Keeps the frame of a verdict; gives the id by which a correction names it. Undefined: this line is not taught. */
  keep(inspection: string, frame: Uint8Array): string | undefined
  /** The command `correct-verdict`: { inspection, frame, judgement: good, bad, or withdrawn }. */
  correct(given: CommandDocument['arguments']): Promise<CommandOutcome>
  /** The lines that can be taught another part. */
  readonly lines: readonly string[]
  /** The command `teach`, step by step; see teach-part.ts. */
  teach(given: CommandDocument['arguments'], ask: (camera: string) => AskedPicture): Promise<CommandOutcome>
  /** Undefined: this line is not taught. */
  describe(
    inspection: string,
  ): { readonly keeps: TaughtLine['keeps']; readonly figures: TaughtFigures | undefined } | undefined
  /** A refit under way ends, and is begun again after the next start. */
  stop(): Promise<void>
}

/** Throws AppError `store.unavailable`. */
export async function openTeaching(
  {
    dataFolder,
    inspections,
    modelTrust,
  }: {
    readonly dataFolder: string
    readonly inspections: readonly InspectionConfig[]
    readonly modelTrust: PackageTrust
  },
  ports: LinePorts,
): Promise<Teaching> {
  const folder = join(dataFolder, 'teach')
  const key = await ensureOwnKey(folder)
  const lines = new Map<string, TaughtLine>()
  for (const { id, model, teach } of inspections) {
    if (teach === undefined) continue
    const plan = { id, model, teach, package: packageFolder(model), folder: join(folder, id), trust: modelTrust, key }
    lines.set(id, await TaughtLine.open(plan, ports))
  }
  const revisions = new Map<string, string>()
  for (const line of lines.values()) {
    const [model, revision] = await line.inUse()
    if (revision !== undefined) revisions.set(model, revision)
  }
  return {
    revisions,
    publicKeyFile: key.publicFile,
    modelsChanged(host) {
      for (const line of lines.values()) line.modelsChanged(host)
    },
    keep: (inspection, frame) => lines.get(inspection)?.keep(frame),
    correct: (given) => correct(given, lines),
    lines: [...lines.keys()],
    teach: (given, ask) => {
      const camera = inspections.find(({ id }) => id === given['inspection'])?.camera
      const line = lines.get(String(given['inspection']))
      return teachPart(given, line, () => ask(camera ?? ''))
    },
    describe(inspection) {
      const line = lines.get(inspection)
      return line && { keeps: line.keeps, figures: line.figures }
    },
    async stop() {
      await Promise.all([...lines.values()].map((line) => line.stop()))
    },
  }
}

async function correct(
  { inspection, frame, judgement }: CommandDocument['arguments'],
  lines: ReadonlyMap<string, TaughtLine>,
): Promise<CommandOutcome> {
  if (typeof frame !== 'string' || (judgement !== 'good' && judgement !== 'bad' && judgement !== 'withdrawn')) {
    const message = 'correct-verdict needs inspection, frame and judgement good, bad or withdrawn'
    return refused(new AppError('payload.schema', message))
  }
  const line = typeof inspection === 'string' ? lines.get(inspection) : undefined
  if (line === undefined) {
    return refused(new AppError('event.not-correctable', `"${inspection}" is no line that this gateway teaches`))
  }
  try {
    if (judgement === 'withdrawn') {
      await line.withdraw(frame)
      return { state: 'accepted', message: 'the picture is no example any more; the gateway learns' }
    }
    await line.correct(judgement, frame)
    return { state: 'accepted', message: 'the picture is among the examples; the gateway learns' }
  } catch (thrown) {
    const error = toAppError(thrown, 'internal')
    if (error.code === 'frame.expired' || error.code === 'limit.exceeded') return refused(error)
    throw error
  }
}

function refused({ code, message }: AppError): CommandOutcome {
  return { state: 'refused', code, message }
}
