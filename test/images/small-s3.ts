// An S3 bucket in memory, as far as images need it: objects and multipart uploads, without signatures, and as strict as real ones are.
import { createHash, randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'

/** `part`: of a multipart upload; `number` is that of the part. */
export interface S3Operation {
  readonly name: 'part' | 'create' | 'complete' | 'abort' | 'parts' | 'put' | 'get' | 'head' | 'delete'
  readonly key: string
  readonly number: number
}

/** What a bucket says instead of doing what it was asked; `silent`: nothing at all, ever. */
export type S3Refusal = { readonly status: number; readonly code: string } | 'silent'

export interface SmallS3 {
  readonly endpoint: string
  readonly objects: Map<string, Buffer>
  /** Multipart uploads that were neither completed nor aborted. */
  unfinished(): number
  /** Asked before each operation; undefined: it is done. */
  refuse: (operation: S3Operation) => S3Refusal | undefined
  close(): Promise<void>
}

interface Upload {
  readonly key: string
  readonly parts: Map<number, Buffer>
}

const leastPartBytes = 5 * 2 ** 20

class Refused extends Error {
  readonly refusal: S3Refusal

  constructor(refusal: S3Refusal) {
    super('refused')
    this.refusal = refusal
  }
}

export async function startSmallS3(bucket: string): Promise<SmallS3> {
  const objects = new Map<string, Buffer>()
  /** Headers `x-amz-meta-…` of objects. */
  const words = new Map<string, Record<string, string>>()
  const uploads = new Map<string, Upload>()
  const server = createServer((request, response) => {
    answer(request, response).catch((thrown: unknown) => {
      const refusal = thrown instanceof Refused ? thrown.refusal : { status: 500, code: String(thrown) }
      if (refusal === 'silent') return
      send(response, refusal.status, `<Error><Code>${refusal.code}</Code><Message>refused</Message></Error>`)
    })
  })

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://s3')
    const [, toBucket, ...rest] = decodeURIComponent(pathname).split('/')
    const key = rest.join('/')
    // Many stores that are not Amazon's do not know this encoding.
    if (request.headers['content-encoding']?.includes('aws-chunked')) fail(501, 'NotImplemented')
    const name = operationOf(request.method, searchParams)
    const body = await buffer(request)
    const refusal = small.refuse({ name, key, number: Number(searchParams.get('partNumber')) })
    if (refusal !== undefined) throw new Refused(refusal)
    if (toBucket !== bucket) fail(404, 'NoSuchBucket')
    operations[name]({ key, body, request, response, id: searchParams.get('uploadId') ?? '', query: searchParams })
  }

  interface Asked {
    readonly key: string
    readonly body: Buffer
    readonly id: string
    readonly query: URLSearchParams
    readonly request: IncomingMessage
    readonly response: ServerResponse
  }

  const uploadOf = ({ id, key }: Asked): Upload => {
    const upload = uploads.get(id)
    return upload?.key === key ? upload : fail(404, 'NoSuchUpload')
  }
  const operations: Readonly<Record<S3Operation['name'], (asked: Asked) => void>> = {
    create({ key, response }) {
      const id = randomUUID()
      uploads.set(id, { key, parts: new Map() })
      send(response, 200, result('InitiateMultipartUpload', `<Key>${key}</Key><UploadId>${id}</UploadId>`))
    },
    part(asked) {
      uploadOf(asked).parts.set(Number(asked.query.get('partNumber')), asked.body)
      send(asked.response, 200, '', { etag: tagOf(asked.body) })
    },
    parts(asked) {
      const parts = [...uploadOf(asked).parts]
        .toSorted(([a], [b]) => a - b)
        .map(([number, bytes]) => partXml(number, bytes))
      send(asked.response, 200, result('ListParts', `<IsTruncated>false</IsTruncated>${parts.join('')}`))
    },
    complete(asked) {
      objects.set(asked.key, joined(uploadOf(asked), asked.body.toString('utf8')))
      uploads.delete(asked.id)
      send(asked.response, 200, result('CompleteMultipartUpload', `<Key>${asked.key}</Key>`))
    },
    abort(asked) {
      uploadOf(asked)
      uploads.delete(asked.id)
      send(asked.response, 204, '')
    },
    put({ key, body, request, response }) {
      const said = Object.entries(request.headersDistinct).filter(([name]) => name.startsWith('x-amz-meta-'))
      words.set(key, Object.fromEntries(said.map(([name, value]) => [name, value?.join(', ') ?? ''])))
      objects.set(key, body)
      send(response, 200, '', { etag: tagOf(body) })
    },
    get({ key, response }) {
      const found = objects.get(key) ?? fail(404, 'NoSuchKey')
      response.writeHead(200, { ...words.get(key), 'content-length': found.length, etag: tagOf(found) }).end(found)
    },
    head({ key, response }) {
      const found = objects.get(key)
      response.writeHead(found === undefined ? 404 : 200, { 'content-length': found?.length ?? 0 }).end()
    },
    delete({ key, body, query, response }) {
      const keys = query.has('delete')
        ? [...body.toString('utf8').matchAll(/<Key>(.*?)<\/Key>/g)].map(([, each]) => each ?? '')
        : [key]
      for (const each of keys) objects.delete(each)
      send(response, query.has('delete') ? 200 : 204, query.has('delete') ? result('Delete', '') : '')
    },
  }

  const small: SmallS3 = {
    get endpoint() {
      return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    },
    objects,
    unfinished: () => uploads.size,
    refuse: () => undefined,
    async close() {
      server.closeAllConnections()
      await new Promise<void>((resolve) => void server.close(() => resolve()))
    },
  }
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  return small
}

function operationOf(method: string | undefined, query: URLSearchParams): S3Operation['name'] {
  const ofUpload = query.has('uploadId')
  if (method === 'PUT') return ofUpload ? 'part' : 'put'
  if (method === 'POST') return query.has('uploads') ? 'create' : ofUpload ? 'complete' : 'delete'
  if (method === 'DELETE') return ofUpload ? 'abort' : 'delete'
  if (method === 'HEAD') return 'head'
  return ofUpload ? 'parts' : 'get'
}

/** Every part must be there with its tag, in order, and all but the last large enough. */
function joined({ parts }: Upload, xml: string): Buffer {
  const named = [...xml.matchAll(/<Part>(.*?)<\/Part>/gs)].map(([, part = '']) => ({
    number: Number(/<PartNumber>(\d+)</.exec(part)?.[1]),
    tag: /<ETag>(.*?)</.exec(part)?.[1]?.replaceAll('&quot;', '"'),
  }))
  if (named.length === 0) fail(400, 'MalformedXML')
  return Buffer.concat(
    named.map(({ number, tag }, index) => {
      const bytes = parts.get(number)
      if (bytes === undefined || tagOf(bytes) !== tag) return fail(400, 'InvalidPart')
      if (number <= (named[index - 1]?.number ?? 0)) fail(400, 'InvalidPartOrder')
      if (index < named.length - 1 && bytes.length < leastPartBytes) fail(400, 'EntityTooSmall')
      return bytes
    }),
  )
}

function fail(status: number, code: string): never {
  throw new Refused({ status, code })
}

function tagOf(bytes: Buffer): string {
  return `"${createHash('md5').update(bytes).digest('hex')}"`
}

function partXml(number: number, bytes: Buffer): string {
  return `<Part><PartNumber>${number}</PartNumber><ETag>${tagOf(bytes)}</ETag><Size>${bytes.length}</Size></Part>`
}

function result(name: string, content: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?><${name}Result>${content}</${name}Result>`
}

function send(response: ServerResponse, status: number, xml: string, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'content-type': 'application/xml', ...headers }).end(xml)
}
