// The process that makes a report and sends it to the hub, and ends: schemas and checks cost 30 MB, which the agent would keep.
import { readFile } from 'node:fs/promises'
import { answerParent } from '../checks/checker.ts'
import { diagnosticBundle, examined } from './diagnostic-bundle.ts'
import type { ReportAnswer, ReportRequest } from './report-request.ts'
import { sendCommandFile } from './send-command-file.ts'

await answerParent(async ([requestFile = '']) =>
  reported(JSON.parse(await readFile(requestFile, 'utf8')) as ReportRequest),
)

/** Throws `uplink.refused` where the hub does not take it. */
async function reported(request: ReportRequest): Promise<ReportAnswer> {
  const { command, hub } = request
  if (request.kind === 'frame') {
    const { name, type, file } = request
    const bytes = await readFile(file)
    const message = `a frame of ${Math.round(bytes.length / 1024)} kB`
    return { file: await sendCommandFile(hub, command, { name, type, bytes }), message }
  }
  const { kind, configPlaces, facts } = request
  const { gateway } = facts
  const findings = await examined(configPlaces, facts)
  const report = kind === 'doctor' ? { gateway, findings } : await diagnosticBundle(configPlaces, facts, findings)
  const bytes = Buffer.from(`${JSON.stringify(report, undefined, 2)}\n`)
  const count = (state: string) => findings.filter((finding) => finding.state === state).length
  const message = `${count('ok')} ok, ${count('warn')} warn, ${count('fail')} fail`
  const name = `${gateway.replace('/', '-')}-${kind}.json`
  return { file: await sendCommandFile(hub, command, { name, type: 'application/json', bytes }), message }
}
