// `musubi ca …`: the certificates of a city, on the machine of the hub: root, issuing CA, gateways, operators, revocation.
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { AppError, toAppError } from '../../broker/contract/app-error.ts'
import { silentLog, systemClock } from '../../broker/contract/ports.ts'
import { placeUnderRoot, rotateIssuing } from '../../provisioning/authority-files.ts'
import { openAuthority } from '../../provisioning/authority.ts'
import { openRevocations } from '../../provisioning/registry/revocations.ts'
import { createRoot, openRoot, type RootFolder } from '../../provisioning/root-key.ts'
import { askSecret } from '../ask-secret.ts'

const usage = `Usage:
  musubi ca init --data DIR --root DIR [--passphrase-file FILE]
      Makes a root in --root (keep that folder offline) unless one is there, and places the hub's CA under it.
      Gateways that have their certificates already go on with them.
  musubi ca rotate --data DIR --root DIR [--passphrase-file FILE]
      A new key for the hub's CA. What the one before has issued stays valid. Start the hub again afterwards.
  musubi ca issue gateway --data DIR --tenant T --gateway G --out DIR
      Writes gateway.cert.pem, gateway.key.pem and ca.cert.pem into --out.
  musubi ca issue operator --data DIR --name N --out DIR
      Writes operator.cert.pem, operator.key.pem and ca.cert.pem into --out.
  musubi ca revoke --data DIR --serial HEX [--reason TEXT]
      Refuses that certificate from now on (issued.jsonl in DIR/authority lists the serial numbers).

Without --passphrase-file the passphrase of the root is asked for.`

/** Where a hub with this data folder keeps its certificate authority. */
export function authorityFolder(data: string): string {
  return join(data, 'authority')
}

const text = { type: 'string' } as const
const flags = {
  data: text,
  root: text,
  'passphrase-file': text,
  tenant: text,
  gateway: text,
  name: text,
  out: text,
  serial: text,
  reason: text,
} as const

type Values = Readonly<Partial<Record<keyof typeof flags, string>>>

/** Each act with the flags that it needs. */
const acts: Readonly<
  Record<string, { readonly needs: readonly (keyof typeof flags)[]; run(values: Values): Promise<void> }>
> = {
  init: { needs: ['data', 'root'], run: (values) => place(values, 'init') },
  rotate: { needs: ['data', 'root'], run: (values) => place(values, 'rotate') },
  'issue gateway': { needs: ['data', 'tenant', 'gateway', 'out'], run: issueGateway },
  'issue operator': { needs: ['data', 'name', 'out'], run: issueOperator },
  revoke: { needs: ['data', 'serial'], run: revoke },
}

/** Returns the exit code: 0 done, 1 failed, 2 wrong usage. */
export async function run(args: readonly string[]): Promise<number> {
  if (args.includes('--help')) {
    console.log(usage)
    return 0
  }
  const given = parse(args)
  const act = given === undefined ? undefined : acts[given.words]
  if (given === undefined || act === undefined || act.needs.some((flag) => !given.values[flag])) return fail(usage, 2)
  try {
    await act.run(given.values)
    return 0
  } catch (thrown) {
    const error = toAppError(thrown, 'identity.invalid')
    return fail(`${error.code}: ${error.message}`, 1)
  }
}

function parse(args: readonly string[]): { readonly words: string; readonly values: Values } | undefined {
  try {
    const { positionals, values } = parseArgs({ args: [...args], allowPositionals: true, options: flags })
    return { words: positionals.join(' '), values }
  } catch {
    return undefined
  }
}

async function place(values: Values, act: 'init' | 'rotate'): Promise<void> {
  const { data = '', root: folder = '' } = values
  const hasRoot = await readFile(join(folder, 'root.cert.pem')).then(
    () => true,
    () => false,
  )
  const at: RootFolder = { folder, passphrase: await passphraseOf(values, !hasRoot) }
  const nowMs = systemClock.now()
  const root = hasRoot || act === 'rotate' ? await openRoot(at) : await createRoot(at, nowMs)
  const change = act === 'init' ? placeUnderRoot : rotateIssuing
  await change(authorityFolder(data), root, nowMs)
  console.log(
    `the CA in ${authorityFolder(data)} is under the root in ${folder}; a running hub takes it at its next start`,
  )
}

async function passphraseOf(values: Values, isNew: boolean): Promise<string> {
  const file = values['passphrase-file']
  if (file !== undefined) return (await readFile(file, 'utf8')).trimEnd()
  const passphrase = await askSecret('passphrase of the root: ')
  if (isNew && (await askSecret('once more: ')) !== passphrase) {
    throw new AppError('identity.invalid', 'the two passphrases differ')
  }
  return passphrase
}

async function issueGateway({ data = '', tenant = '', gateway = '', out = '' }: Values): Promise<void> {
  const authority = await openHubAuthority(data)
  await writeIssued(out, 'gateway', await authority.issueGateway({ tenant, gateway }))
  console.log(`${tenant}/${gateway}: certificate, key and CA written to ${out}`)
}

async function issueOperator({ data = '', name = '', out = '' }: Values): Promise<void> {
  const authority = await openHubAuthority(data)
  await writeIssued(out, 'operator', await authority.issueOperator(name))
  console.log(`${name}: certificate, key and CA written to ${out}`)
}

function openHubAuthority(data: string) {
  return openAuthority({ folder: authorityFolder(data), clock: systemClock, log: silentLog })
}

async function writeIssued(
  out: string,
  name: string,
  issued: { readonly keyPem: string; readonly certificatePem: string; readonly caPem: string },
): Promise<void> {
  await mkdir(out, { recursive: true })
  await writeFile(join(out, `${name}.key.pem`), issued.keyPem, { mode: 0o600 })
  await writeFile(join(out, `${name}.cert.pem`), issued.certificatePem)
  await writeFile(join(out, 'ca.cert.pem'), issued.caPem)
}

async function revoke({ data = '', serial = '', reason = 'unspecified' }: Values): Promise<void> {
  if (!/^[0-9a-fA-F:]+$/.test(serial)) throw new AppError('identity.invalid', '--serial is a hexadecimal serial number')
  const list = await openRevocations({ folder: authorityFolder(data), clock: systemClock })
  await list.revoke(serial, reason)
  console.log(`${serial} is revoked; a running hub learns it within a minute`)
}

function fail(message: string, code: number): number {
  console.error(message)
  return code
}
