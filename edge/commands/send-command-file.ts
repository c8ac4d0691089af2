// Sends the file of a command to the hub, with the gateway's certificate.
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { request } from 'node:https'
import { AppError } from '../../broker/contract/app-error.ts'
import { commandFilePath, type CommandFile, type CommandFileType } from '../../broker/contract/command-files.ts'
import type { HubDoor } from './report-request.ts'

const idleMs = 30_000
const maxAnswerBytes = 4_096

/** Throws `uplink.refused` where the hub cannot be reached, does not answer in 30 s, or does not take it. */
export async function sendCommandFile(
  { url, caFile, certificateFile, keyFile }: HubDoor,
  command: string,
  { name, type, bytes }: { readonly name: string; readonly type: CommandFileType; readonly bytes: Buffer },
): Promise<CommandFile> {
  const [ca, cert, key] = await Promise.all([caFile, certificateFile, keyFile].map((file) => readFile(file)))
  const digest = createHash('sha256').update(bytes).digest()
  const headers = {
    'content-type': type,
    'content-length': bytes.length,
    'content-digest': `sha-256=:${digest.toString('base64')}:`,
  }
  const options = { method: 'PUT', headers, ca, cert, key, minVersion: 'TLSv1.2', agent: false } as const
  const { status, body } = await new Promise<{ status: number; body: string }>((resolve, reject) => {
    const refuse = (cause: Error): void =>
      reject(new AppError('uplink.refused', `the hub did not take the file at ${url}: ${cause.message}`, { cause }))
    const sent = request(new URL(commandFilePath(command), url), options, (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => {
        text = (text + chunk).slice(0, maxAnswerBytes)
      })
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: text }))
      response.on('error', refuse)
    })
    sent.setTimeout(idleMs, () => sent.destroy(new Error('no answer in time')))
    sent.on('error', refuse)
    sent.end(bytes)
  })
  if (status !== 204) throw new AppError('uplink.refused', `the hub did not take the file: ${status} ${body}`)
  return { name, type, bytes: bytes.length, sha256: digest.toString('hex') }
}
