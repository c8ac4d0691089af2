// The process that renews the gateway's certificate, and ends: X.509 costs 30 MB, which the agent would keep for months.
import { rm } from 'node:fs/promises'
import { renew } from '../../provisioning/est/est-client.ts'
import { readMatchingCredentials } from '../../provisioning/identity/gateway-credentials.ts'
import { readIfPresent, secretMode, writePair, writeWhole } from '../../provisioning/whole-file.ts'
import { answerParent } from '../checks/checker.ts'
import type { RenewalAnswer, RenewalRequest } from './renewal-messages.ts'

await answerParent(([words = '']) => renewed(JSON.parse(words) as RenewalRequest))

/** The key of a request that waits for a person is kept beside the one in use: the approval holds for it alone. */
async function renewed({ hub, files }: RenewalRequest): Promise<RenewalAnswer> {
  const waitingKeyFile = `${files.keyFile}.waiting`
  const current = await readMatchingCredentials(files, Date.now())
  const renewal = await renew(hub, current, await readIfPresent(waitingKeyFile))
  if (renewal.kind === 'pending') {
    await writeWhole(waitingKeyFile, renewal.keyPem, secretMode)
    return { kind: 'pending', retryAfterS: renewal.retryAfterS }
  }
  await writePair(files, renewal.credentials.keyPem, renewal.credentials.certificatePem)
  await rm(waitingKeyFile, { force: true })
  return { kind: 'renewed' }
}
