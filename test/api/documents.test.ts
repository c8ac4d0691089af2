import { readFile } from 'node:fs/promises'
import { beforeAll, describe, expect, it } from 'vitest'
import { apiDocuments, documentPaths, jsonText, type ApiDocuments } from '../../bin/api/api-documents.ts'
import { breakingChanges, type OpenApiDocument } from '../../bin/api/breaking-changes.ts'

const committed = (path: string) => readFile(new URL(`../../${path}`, import.meta.url), 'utf8')
const hint = 'the API has changed: run `npm run api`, and look at what it changes'

describe('the documents of the API', () => {
  let documents: ApiDocuments
  beforeAll(async () => {
    documents = await apiDocuments()
  })

  it('break no program that was written for the committed ones', async () => {
    const before = JSON.parse(await committed(documentPaths.openApi)) as OpenApiDocument
    expect(breakingChanges(before, documents.openApi)).toEqual([])
  })

  it('are the committed ones', async () => {
    expect(jsonText(documents.openApi), hint).toBe(await committed(documentPaths.openApi))
    expect(jsonText(documents.asyncApi), hint).toBe(await committed(documentPaths.asyncApi))
    expect(documents.client, hint).toBe(await committed(documentPaths.client))
  })

  it('name each operation once', () => {
    const names = Object.values(documents.openApi.paths).flatMap((operations) =>
      Object.values(operations).map((operation) => (operation as { readonly operationId?: string }).operationId),
    )
    expect(names.filter((name) => name === undefined)).toEqual([])
    expect(new Set(names).size).toBe(names.length)
  })
})
