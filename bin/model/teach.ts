// `musubi model teach`: fits a product from folders of good and bad pictures, and writes it as a package that judges frames.
import { mkdir, readdir, readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { AppError } from '../../broker/contract/app-error.ts'
import { loadPackage } from '../../models/package.ts'
import { packageFolder } from '../../models/package-folder.ts'
import { teach, type Taught, type TeachPicture } from '../../models/teach/teach.ts'
import { type ModelAction, onePackage, readKey, trustFlags, trustOf, UsageError } from './action.ts'
import { stderrProgress } from './progress.ts'

export const action: ModelAction = {
  usage: `  musubi model teach EXTRACTOR --good DIR --bad DIR --out DIR --id ID [--label-ja TEXT] [--label-en TEXT]
                     [--version N.N.N] [--key FILE] [--heat DIR] [--json]
      Teaches a product from pictures and writes a package (--out) that judges frames: what each example scores under a head that
      never saw it is printed. EXTRACTOR is image-features, or a package that was taught before.
      --key FILE    signs it with this private key (see sign); a gateway needs the public one in modelTrust
      --heat DIR    draws a heat map of every example`,
  async run(words) {
    const text = { type: 'string' } as const
    const options = {
      ...trustFlags,
      good: text,
      bad: text,
      out: text,
      id: text,
      'label-ja': text,
      'label-en': text,
      version: text,
      key: text,
      heat: text,
      json: { type: 'boolean' },
    } as const
    const { positionals, values } = parseArgs({ args: [...words], allowPositionals: true, options })
    const { good, bad, out, id, version = '1.0.0', key, heat } = values
    if (good === undefined || bad === undefined || out === undefined || id === undefined) {
      throw new UsageError('--good, --bad, --out and --id are needed')
    }
    if (!/^[a-z0-9][a-z0-9-]{0,63}$/.test(id)) throw new UsageError(`--id is "${id}"; an id is like flange-12`)
    if (!/^\d+\.\d+\.\d+$/.test(version)) throw new UsageError(`--version is "${version}"; a version is like 1.0.0`)
    if (heat !== undefined) await mkdir(heat, { recursive: true })
    const progress = stderrProgress()
    const taught = await teach({
      extractor: await loadPackage(packageFolder(onePackage(positionals)), await trustOf(values)),
      good: await pictures(good),
      bad: await pictures(bad),
      out: resolve(out),
      id,
      version,
      labels: { ja: values['label-ja'] ?? id, en: values['label-en'] ?? id },
      nowMs: Date.now(),
      ...(key === undefined ? {} : { privateKeyPem: await readKey(key) }),
      ...(heat === undefined ? {} : { heatFolder: resolve(heat) }),
      progress: progress.update,
    }).finally(() => progress.end())
    console.log(values.json === true ? JSON.stringify(taught) : report(`${id} ${version}`, taught))
    return 0
  },
}

/** Every file of a folder, in the order of its names. Throws `config.invalid`. */
async function pictures(folder: string): Promise<readonly TeachPicture[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((cause: unknown) => {
    throw new AppError('config.invalid', `${folder} cannot be read`, { cause })
  })
  const names = entries.filter((entry) => entry.isFile()).map(({ name }) => name)
  return names.toSorted().map((name) => ({ name, read: () => readFile(join(folder, name)) }))
}

function report(name: string, { leaveOneOut, pictures: judged, refused }: Taught): string {
  const lines = judged.map(({ name: picture, isBad, heldScore }) => {
    const verdict = heldScore >= 0.5 ? 'reject' : 'pass'
    const isRight = (verdict === 'reject') === isBad
    return `${isRight ? ' ' : '!'} ${verdict.padEnd(6)} ${heldScore.toFixed(3)}  ${isBad ? 'bad ' : 'good'}  ${picture}`
  })
  const left = refused.map(({ name: picture, reason }) => `  left out  ${picture}: ${reason}`)
  const { falseRejects, falsePasses, auroc } = leaveOneOut
  const sum = `${name}: each example under a head without it: ${falseRejects} good ones rejected, ${falsePasses} bad ones passed, AUROC ${auroc.toFixed(3)}`
  return [...lines, ...left, sum].join('\n')
}
