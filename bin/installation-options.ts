// Where a hub keeps installations, and by which authority it judges the gateways that signed their checks.
import { join } from 'node:path'
import { systemClock } from '../broker/contract/ports.ts'
import type { InstallationSettings } from '../cloud/installations/installations.ts'
import { authorityFiles } from '../provisioning/authority-files.ts'
import { openRevocations } from '../provisioning/registry/revocations.ts'
import { readIfPresent } from '../provisioning/whole-file.ts'
import { authorityFolder } from './commands/ca.ts'

/** `data`: the hub's folder. The authority is read at each record: it may be placed under a root or be replaced meanwhile. */
export function installationSettingsOf(data: string): InstallationSettings {
  const folder = authorityFolder(data)
  const { ca, rootFile, earlierFile } = authorityFiles(folder)
  return {
    folder: join(data, 'hub', 'installation-photos'),
    async trust() {
      const pems = await Promise.all([ca.certificateFile, rootFile, earlierFile].map(readIfPresent))
      return {
        caPem: pems.filter((pem) => pem !== undefined).join('\n'),
        revocations: await openRevocations({ folder, clock: systemClock }),
      }
    },
  }
}
