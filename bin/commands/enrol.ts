// `musubi enrol`: a gateway's first minutes: from the code on its label to its key, its certificate and a first configuration.
import { access, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { stringify } from 'yaml'
import { type ClaimText, readClaimText } from '../../provisioning/est/claim-text.ts'
import { enrolFolder, hubSection } from '../../provisioning/est/enrol-folder.ts'
import { portOf } from '../cloud-options.ts'

const usage = `Usage: musubi enrol --claim TEXT --out DIR [--mqtts-port N]
  --claim       what the QR code of the gateway's label says; or --claim-file FILE, which other users cannot see
  --out         folder of the gateway: gateway.key.pem, gateway.cert.pem, ca.cert.pem, and gateway.yaml where there is none
  --mqtts-port  of the hub, for gateway.yaml (default 8883)

The key is made here and never leaves this machine. A try whose answer was lost is made again with the same claim.`

/** Returns the exit code. Throws `identity.invalid`, `uplink.refused`. */
export async function run(args: readonly string[]): Promise<number> {
  const options = parse(args)
  if (options === undefined) {
    console.error(usage)
    return 2
  }
  // Every user of the machine can read the words of a command line, the claim among them.
  process.title = 'musubi enrol'
  const { out, mqttsPort } = options
  const text = readClaimText(options.claim ?? (await readFile(options.claimFile, 'utf8')))
  await enrolFolder(out, text)
  const { tenant, gateway } = text.identity
  const isNew = await writeFirstConfiguration(join(out, 'gateway.yaml'), text, mqttsPort)
  console.log(
    `${tenant}/${gateway} is enrolled; ${isNew ? 'a first' : 'the present'} configuration: ${join(out, 'gateway.yaml')}`,
  )
  return 0
}

function parse(args: readonly string[]) {
  try {
    const text = { type: 'string' } as const
    const options = {
      claim: text,
      'claim-file': text,
      out: text,
      'mqtts-port': text,
      help: { type: 'boolean' },
    } as const
    const { values } = parseArgs({ args: [...args], options })
    const { claim, 'claim-file': claimFile = '', out, 'mqtts-port': mqttsPort = '8883' } = values
    if (out === undefined || (claim === undefined) === (claimFile === '') || values.help === true) return undefined
    return { claim, claimFile, out, mqttsPort: portOf(mqttsPort, '--mqtts-port') }
  } catch {
    return undefined
  }
}

/** Enough to run and to report the gateway's own health. False where there is a configuration already, which stays. */
async function writeFirstConfiguration(file: string, text: ClaimText, mqttsPort: number): Promise<boolean> {
  const isThere = await access(file).then(
    () => true,
    () => false,
  )
  if (isThere) return false
  const first = {
    ...text.identity,
    data: './data',
    hub: hubSection(text, mqttsPort),
    connections: [],
    devices: [],
  }
  await writeFile(file, stringify(first))
  return true
}
