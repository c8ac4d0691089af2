// `npm run api`: writes the documents of the API anew, and refuses where a program that was written for them would break.
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { apiDocuments, documentPaths, jsonText } from './api/api-documents.ts'
import { breakingChanges, type OpenApiDocument } from './api/breaking-changes.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const { values } = parseArgs({ options: { break: { type: 'boolean', default: false } } })

const documents = await apiDocuments()
const before = await readFile(root + documentPaths.openApi, 'utf8').catch(() => undefined)
const breaks = before === undefined ? [] : breakingChanges(JSON.parse(before) as OpenApiDocument, documents.openApi)
if (breaks.length > 0)
  console.error(`Programs that were written for the present API would break:\n  ${breaks.join('\n  ')}`)
if (breaks.length > 0 && !values.break) {
  console.error('Keep what they use, or say --break and tell it in the release notes. Nothing is written.')
  process.exitCode = 1
} else {
  const texts = {
    openApi: jsonText(documents.openApi),
    asyncApi: jsonText(documents.asyncApi),
    client: documents.client,
  }
  for (const [name, path] of Object.entries(documentPaths)) {
    await mkdir(dirname(root + path), { recursive: true })
    await writeFile(root + path, texts[name as keyof typeof texts])
  }
  console.log(Object.values(documentPaths).join('\n'))
}
