import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import fastify from 'fastify'
import { expect, it } from 'vitest'
import { addCompression } from './compression.ts'

const long = { items: Array.from({ length: 200 }, (_, number) => ({ label: '水位', number })) }

async function ask(path: string, taken?: string) {
  const server = fastify()
  addCompression(server)
  server.get('/long', () => long)
  server.get('/short', () => ({ items: [] }))
  const headers = taken === undefined ? {} : { 'accept-encoding': taken }
  return await server.inject({ path, headers })
}

it.each([
  ['gzip, deflate, br, zstd', 'br', brotliDecompressSync],
  ['gzip, deflate', 'gzip', gunzipSync],
] as const)('an answer to who takes %s comes as %s', async (taken, encoding, open) => {
  const answer = await ask('/long', taken)
  expect(answer.headers['content-encoding']).toBe(encoding)
  expect(answer.headers['vary']).toBe('accept-encoding')
  expect(JSON.parse(open(answer.rawPayload).toString())).toEqual(long)
})

it('short answers, and those to who takes neither, come as they are', async () => {
  expect((await ask('/short', 'br')).headers['content-encoding']).toBeUndefined()
  const plain = await ask('/long')
  expect(plain.headers['content-encoding']).toBeUndefined()
  expect(plain.json()).toEqual(long)
})
