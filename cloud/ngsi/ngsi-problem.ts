// Errors of NGSI-LD: problem documents with the types of ETSI GS CIM 009.
import type { FastifyReply } from 'fastify'

const problems = {
  BadRequestData: { status: 400, title: 'The request has faults' },
  TooManyResults: { status: 403, title: 'The answer would be too large' },
  ResourceNotFound: { status: 404, title: 'No such thing' },
  NonexistentTenant: { status: 404, title: 'No such tenant' },
  OperationNotSupported: { status: 422, title: 'This hub does not do that' },
} as const
export type NgsiErrorName = keyof typeof problems

export class NgsiError extends Error {
  readonly errorName: NgsiErrorName

  constructor(name: NgsiErrorName, detail: string) {
    super(detail)
    this.name = 'NgsiError'
    this.errorName = name
  }
}

export function sendNgsiError(reply: FastifyReply, name: NgsiErrorName, detail: string): void {
  const { status, title } = problems[name]
  const body = { type: `https://uri.etsi.org/ngsi-ld/errors/${name}`, title, status, detail }
  void reply.code(status).header('content-type', 'application/problem+json').send(body)
}
