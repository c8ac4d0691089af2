// The documents of the API – OpenAPI, AsyncAPI and the client made of it – as the program of this checkout has them.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generateSource } from 'oazapfts'
import { silentLog } from '../../broker/contract/ports.ts'
import { asyncApi } from '../../cloud/http/async-api.ts'
import { startHub } from '../commands/hub.ts'
import type { OpenApiDocument } from './breaking-changes.ts'

export interface ApiDocuments {
  readonly openApi: OpenApiDocument
  readonly asyncApi: object
  /** TypeScript, one function per operation. */
  readonly client: string
}

/** Where each is kept, from the root of the checkout. */
export const documentPaths = {
  openApi: 'docs/api/openapi.json',
  asyncApi: 'docs/api/asyncapi.json',
  client: 'cloud/dashboard/src/api/generated/hub-client.ts',
} as const

// Its own lines are not ours to check: they were written for looser settings than exactOptionalPropertyTypes.
const generatedHead = '// @ts-nocheck\n'

/** Starts a hub with everything on, in a folder of its own, and asks it. */
export async function apiDocuments(): Promise<ApiDocuments> {
  const folder = await mkdtemp(join(tmpdir(), 'musubi-api-'))
  try {
    const openApi = await openApiOf(folder)
    const schema = join(folder, 'openapi.json')
    await writeFile(schema, jsonText(forClient(openApi)))
    return {
      openApi,
      asyncApi: asyncApi('1'),
      client: generatedHead + (await generateSource(schema, { optimistic: true, futureStripLegacyMethods: true })),
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

export function jsonText(document: object): string {
  return `${JSON.stringify(document, undefined, 1)}\n`
}

async function openApiOf(data: string): Promise<OpenApiDocument> {
  const anyPort = { 'http-port': '0', 'mqtt-port': '0', 'mqtts-port': '0', 'https-port': '0', 'est-port': '0' }
  const hub = await startHub(
    { data, 'http-host': '127.0.0.1', 'no-dashboard': true, 'mqtts-host': '127.0.0.1', ...anyPort },
    silentLog,
  )
  try {
    const answer = await fetch(`http://127.0.0.1:${hub.cloud.httpPort}/docs/json`)
    return (await answer.json()) as OpenApiDocument
  } finally {
    await hub.stop()
  }
}

/** The client throws for every answer that is no success, so that it needs none of their shapes; and it is for the API alone. */
function forClient(document: OpenApiDocument): OpenApiDocument {
  const paths = Object.entries(document.paths).filter(([path]) => path.startsWith('/api/'))
  return {
    ...document,
    paths: Object.fromEntries(paths.map(([path, operations]) => [path, withoutProblems(operations)])),
  }
}

function withoutProblems(operations: OpenApiDocument['paths'][string]): OpenApiDocument['paths'][string] {
  const entries = Object.entries(operations).map(([method, operation]) => {
    const responses = Object.entries(operation.responses ?? {}).filter(
      ([status]) => status.startsWith('2') && /^\d+$/.test(status),
    )
    return [method, { ...operation, responses: Object.fromEntries(responses) }] as const
  })
  return Object.fromEntries(entries)
}
