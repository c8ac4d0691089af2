// The fleet file of a deployment: which gateways get what, made into signed documents and artefacts at the desk of whoever holds the key.
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { basename, dirname, extname, resolve } from 'node:path'
import { Type, type Static } from 'typebox'
import { parse } from 'yaml'
import { AppError } from '../../broker/contract/app-error.ts'
import { checkedDocument } from '../../broker/contract/checked-document.ts'
import type { ArtefactKind } from '../../broker/contract/deployment-limits.ts'
import { signDesiredState } from '../../broker/contract/deployment-signature.ts'
import { type Artefact, DesiredState, type SignedDesiredState } from '../../broker/contract/desired-state.ts'
import { renderTemplate } from '../../cloud/deployments/template.ts'
import type { WaveRule } from '../../cloud/deployments/waves.ts'
import { configSources } from '../../edge/checks/config-sources.ts'
import { parseConfig } from '../../edge/config.ts'
import { joinedFile, withSetParts } from '../../edge/deployment/set-config.ts'
import { packedPackage } from '../../models/archive-writer.ts'
import { readManifest } from '../../models/package.ts'
import { packageFolder } from '../../models/package-folder.ts'
import { packedAgent } from './agent-pack.ts'

const strict = { additionalProperties: false } as const
const Files = Type.Optional(Type.Array(Type.String({ minLength: 1 }), { maxItems: 60 }))

const FleetFile = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 64 }),
    /** A gateway.yaml without what is a gateway's own; absent: each keeps its configuration. */
    template: Type.Optional(Type.String()),
    profiles: Files,
    models: Files,
    flows: Files,
    /** A checkout of the program that gateways shall run; absent: each runs its own. */
    agent: Type.Optional(Type.String({ minLength: 1 })),
    gateways: Type.Record(
      Type.String(),
      Type.Union([
        Type.Null(),
        Type.Object(
          { values: Type.Optional(Type.Record(Type.String(), Type.Unknown())), merge: Type.Optional(Type.Unknown()) },
          strict,
        ),
      ]),
    ),
    waves: Type.Optional(Type.Array(Type.Unknown())),
    maxFailures: Type.Optional(Type.Integer({ minimum: 0 })),
    patienceS: Type.Optional(Type.Number({ minimum: 1 })),
    probationS: Type.Optional(Type.Integer()),
    window: Type.Optional(Type.Unknown()),
    maxBytesPerS: Type.Optional(Type.Integer()),
  },
  strict,
)
type FleetFile = Static<typeof FleetFile>

export interface Fleet {
  readonly file: FleetFile
  readonly waves: readonly WaveRule[]
  /** What every gateway gets, by sha-256. */
  readonly contents: ReadonlyMap<string, Buffer>
  /** Of each gateway, by its id. */
  readonly items: ReadonlyMap<string, readonly Artefact[]>
  /** The configuration of each gateway, where there is a template. */
  readonly configs: ReadonlyMap<string, string>
}

const defaultProbationS = 120
/** Stand for the files of an identity, which are not read. */
const ownFiles = { ca: 'ca.cert.pem', certificate: 'gateway.cert.pem', key: 'gateway.key.pem' }

/** Reads, renders and checks. Throws `config.invalid`, `model.invalid`, `payload.schema`. */
export async function readFleet(path: string): Promise<Fleet> {
  const folder = dirname(path)
  const file = checkedDocument(FleetFile, parse(await readText(path)))
  const contents = new Map<string, Buffer>()
  const shared = await sharedItems(file, folder, contents)
  const ids = Object.keys(file.gateways)
  const overrides = Object.fromEntries(Object.entries(file.gateways).map(([id, given]) => [id, given ?? {}]))
  const template = file.template === undefined ? undefined : await readText(resolve(folder, file.template))
  const configs = template === undefined ? new Map<string, string>() : renderTemplate(template, overrides)
  const items = new Map<string, readonly Artefact[]>()
  for (const id of ids) {
    const config = configs.get(id)
    if (config !== undefined) await checkConfig(id, config, shared, folder)
    const own = config === undefined ? [] : [artefact('config', 'gateway', Buffer.from(config), contents)]
    items.set(id, [...own, ...shared])
  }
  return { file, waves: (file.waves ?? []) as readonly WaveRule[], contents, items, configs }
}

/** One document a gateway. Throws `payload.schema`, `config.invalid` for the key. */
export function signedDocuments(
  { file, items }: Fleet,
  revision: number,
  privateKeyPem: string,
): readonly SignedDesiredState[] {
  const { name, window, maxBytesPerS, probationS = defaultProbationS } = file
  return [...items].map(([gateway, own]) => {
    const given = {
      v: 1,
      gateway,
      revision,
      rollout: name,
      items: own,
      ...(window === undefined ? {} : { window }),
      ...(maxBytesPerS === undefined ? {} : { maxBytesPerS }),
      probationS,
    }
    return signDesiredState(checkedDocument(DesiredState, given), privateKeyPem)
  })
}

async function sharedItems(
  file: FleetFile,
  folder: string,
  contents: Map<string, Buffer>,
): Promise<readonly Artefact[]> {
  const plain = async (kind: ArtefactKind, paths: readonly string[] = []) =>
    Promise.all(
      paths.map(async (path) => {
        const content = await readBytes(resolve(folder, path))
        return artefact(kind, basename(path, extname(path)), content, contents)
      }),
    )
  const models: Artefact[] = []
  for (const named of file.models ?? []) {
    const place = packageFolder(/[./]/.test(named) ? resolve(folder, named) : named)
    const { id, version } = await readManifest(place)
    models.push(artefact('model', id, await packedPackage(place), contents, version))
  }
  const agent: Artefact[] = []
  if (file.agent !== undefined) {
    const { content, version } = await packedAgent(resolve(folder, file.agent))
    const item = artefact('agent', 'musubi', content, contents)
    agent.push({ ...item, version: `${version}+${item.version}` })
  }
  return [...agent, ...(await plain('profile', file.profiles)), ...models, ...(await plain('flow', file.flows))]
}

/** The version of what has none of its own is the beginning of its hash. */
function artefact(
  kind: ArtefactKind,
  id: string,
  content: Buffer,
  contents: Map<string, Buffer>,
  version?: string,
): Artefact {
  const sha256 = createHash('sha256').update(content).digest('hex')
  contents.set(sha256, content)
  return { kind, id, version: version ?? sha256.slice(0, 12), sha256, bytes: content.length }
}

/** As the gateway will check it, with a stand-in for what is its own; what only the gateway has (keys, files) is looked at there. */
async function checkConfig(id: string, config: string, items: readonly Artefact[], folder: string): Promise<void> {
  const [tenant, gateway] = id.split('/')
  const own = {
    tenant,
    gateway,
    data: './data',
    hub: { url: 'mqtts://hub.example', ...ownFiles },
    connections: [],
    devices: [],
  }
  const joined = joinedFile(own, parse(config) as Readonly<Record<string, unknown>>)
  const profiles = new Map(items.filter(({ kind }) => kind === 'profile').map((item) => [item.id, item]))
  const isLocal = (profile: unknown): boolean => typeof profile === 'string' && profiles.has(profile)
  const devices = (joined['devices'] as readonly Readonly<Record<string, unknown>>[]).filter(
    ({ profile }) => !isLocal(profile),
  )
  const models = items.filter(({ kind }) => kind !== 'profile')
  const {
    inspections: _i,
    vision: _v,
    modelTrust: _t,
    flows: _f,
    ...file
  } = withSetParts({ ...joined, devices }, models, folder)
  await parseConfig(JSON.stringify(file), `the configuration of ${id}`, configSources)
}

async function readText(path: string): Promise<string> {
  return (await readBytes(path)).toString('utf8')
}

async function readBytes(path: string): Promise<Buffer> {
  return readFile(path).catch((cause: unknown) => {
    throw new AppError('config.invalid', `${path} cannot be read`, { cause })
  })
}
