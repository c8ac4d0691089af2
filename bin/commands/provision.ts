// `musubi provision …`: gives a gateway its certificate, or takes it back, on the hub's own machine.
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { toAppError } from '../../broker/contract/app-error.ts'
import { silentLog, systemClock } from '../../broker/contract/ports.ts'
import { openAuthority } from '../../provisioning/authority.ts'
import { openRevocations } from '../../provisioning/registry/revocations.ts'

const usage = `Usage:
  musubi provision gateway --data DIR --tenant T --gateway G --out DIR
      Writes gateway.cert.pem, gateway.key.pem and ca.cert.pem into --out.
  musubi provision revoke --data DIR --serial HEX [--reason TEXT]
      Refuses that certificate from now on (issued.jsonl in DIR/authority lists the serial numbers).`

/** Where a hub with this data folder keeps its certificate authority. */
export function authorityFolder(data: string): string {
  return join(data, 'authority')
}

/** Returns the exit code: 0 done, 1 failed, 2 wrong usage. */
export async function run(args: readonly string[]): Promise<number> {
  if (args.includes('--help')) {
    console.log(usage)
    return 0
  }
  const given = parse(args)
  if (given === undefined) return fail(usage, 2)
  const { action, values } = given
  try {
    if (action === 'gateway' && values.data && values.tenant && values.gateway && values.out) {
      return await provisionGateway({
        data: values.data,
        tenant: values.tenant,
        gateway: values.gateway,
        out: values.out,
      })
    }
    if (action === 'revoke' && values.data && values.serial) {
      return await revoke({ data: values.data, serial: values.serial, reason: values.reason ?? 'unspecified' })
    }
  } catch (thrown) {
    const error = toAppError(thrown, 'identity.invalid')
    return fail(`${error.code}: ${error.message}`, 1)
  }
  return fail(usage, 2)
}

function parse(args: readonly string[]) {
  try {
    const option = { type: 'string' } as const
    const { positionals, values } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { data: option, tenant: option, gateway: option, out: option, serial: option, reason: option },
    })
    return { action: positionals.length === 1 ? positionals[0] : undefined, values }
  } catch {
    return undefined
  }
}

async function provisionGateway(request: {
  readonly data: string
  readonly tenant: string
  readonly gateway: string
  readonly out: string
}): Promise<number> {
  const authority = await openAuthority({ folder: authorityFolder(request.data), clock: systemClock, log: silentLog })
  const issued = await authority.issueGateway({ tenant: request.tenant, gateway: request.gateway })
  await mkdir(request.out, { recursive: true })
  await writeFile(join(request.out, 'gateway.key.pem'), issued.keyPem, { mode: 0o600 })
  await writeFile(join(request.out, 'gateway.cert.pem'), issued.certificatePem)
  await writeFile(join(request.out, 'ca.cert.pem'), issued.caPem)
  console.log(`${request.tenant}/${request.gateway}: certificate, key and CA written to ${request.out}`)
  return 0
}

async function revoke(request: {
  readonly data: string
  readonly serial: string
  readonly reason: string
}): Promise<number> {
  if (!/^[0-9a-fA-F:]+$/.test(request.serial)) return fail('--serial is a hexadecimal serial number', 2)
  const list = await openRevocations({ folder: authorityFolder(request.data), clock: systemClock })
  await list.revoke(request.serial, request.reason)
  console.log(`${request.serial} is revoked; a running hub learns it within a minute`)
  return 0
}

function fail(message: string, code: number): number {
  console.error(message)
  return code
}
