// The one error type of the project: a stable code, a cause, and whether trying again can help.

/** Codes are part of the API: never renamed, listed in docs/errors.md. One line each, in the order of a reading's journey. */
export const errorCodes = {
  'config.invalid': { retryable: false, title: 'The configuration has faults' },
  'driver.timeout': { retryable: true, title: 'A device did not answer in time' },
  'driver.crc': { retryable: true, title: 'A frame arrived with a wrong check sum' },
  'driver.frame': { retryable: true, title: 'A frame is truncated or malformed' },
  'driver.exception': { retryable: true, title: 'A device refused the request' },
  'driver.connection': { retryable: true, title: 'A bus or device cannot be reached' },
  'tool.missing': { retryable: false, title: 'A program that the configuration needs is not installed' },
  'firmware.invalid': { retryable: false, title: 'A firmware image for a board is refused' },
  'model.invalid': { retryable: false, title: 'A model package is refused' },
  'model.failed': { retryable: true, title: 'A model could not score its input' },
  'setpoint.refused': { retryable: false, title: 'A value for an output lies outside its limits' },
  'outbox.full': { retryable: true, title: 'The outbox or its disk is full' },
  'outbox.corrupt': { retryable: false, title: 'The outbox file cannot be read' },
  'uplink.refused': { retryable: true, title: 'The hub refused the connection' },
  'identity.invalid': { retryable: false, title: 'A certificate or identity is not acceptable' },
  'topic.invalid': { retryable: false, title: 'A topic is not part of the contract' },
  'topic.forbidden': { retryable: false, title: 'A topic lies outside the rights of the connection' },
  'payload.malformed': { retryable: false, title: 'Bytes are neither JSON nor CBOR' },
  'payload.schema': { retryable: false, title: 'A document does not fit its schema' },
  'senml.invalid': { retryable: false, title: 'A SenML pack breaks RFC 8428' },
  'senml.version': { retryable: false, title: 'A SenML version is not understood' },
  'series.unit': { retryable: false, title: 'A series is measured in another unit from now on' },
  'limit.exceeded': { retryable: false, title: 'A size or rate limit was exceeded' },
  'ingest.overloaded': { retryable: true, title: 'Ingest is at its bound' },
  'store.unavailable': { retryable: true, title: 'The store cannot commit' },
  'store.query': { retryable: false, title: 'A query cannot be answered' },
  'image.invalid': { retryable: false, title: 'A file is no image that can be read' },
  'image.mismatch': { retryable: true, title: 'The bytes of an image do not have the announced hash' },
  'image.quota': { retryable: true, title: 'The images of a gateway fill its quota' },
  'photo.left-out': { retryable: false, title: 'People or number plates in a photo could not be covered' },
  'photo.unavailable': { retryable: true, title: 'Photos cannot be covered now' },
  'request.key-reused': { retryable: false, title: 'An Idempotency-Key came again with another request' },
  'request.in-progress': { retryable: true, title: 'A request with this Idempotency-Key is under way' },
  'request.rate': { retryable: true, title: 'Too many requests in a short time' },
  'rule.invalid': { retryable: false, title: 'An alarm rule has faults' },
  'rule.stale': { retryable: false, title: 'An alarm rule was changed by somebody else meanwhile' },
  'settings.stale': { retryable: false, title: 'Settings were changed by somebody else meanwhile' },
  'report.outside': { retryable: false, title: 'A place is not in the city that takes the report' },
  'report.state': { retryable: false, title: 'A report cannot become that now' },
  'work-order.state': { retryable: false, title: 'A work order cannot become that now' },
  'bulletin.invalid': { retryable: false, title: 'A message of the disaster broadcast cannot be read' },
  'bulletin.conflict': { retryable: false, title: 'A message of the disaster broadcast is known with other contents' },
  'bulletin.source': { retryable: true, title: 'A source of the disaster broadcast cannot be read' },
  'notification.address': { retryable: false, title: 'Nobody can be told at this address' },
  'delivery.state': { retryable: false, title: 'A message cannot be sent again now' },
  'setup.begun': { retryable: false, title: 'The setup of a gateway was begun with another label' },
  'installation.conflict': { retryable: false, title: 'An installation is known with other contents' },
  'image.disk-full': { retryable: true, title: 'The disk of the hub has no room for images' },
  'spool.full': { retryable: true, title: 'The image spool of the gateway or its disk is full' },
  'spool.corrupt': { retryable: false, title: 'The image spool cannot be read' },
  'command.unknown': { retryable: false, title: 'The gateway knows no command of this kind' },
  'command.expired': { retryable: true, title: 'A command came to the gateway after its time' },
  'command.busy': { retryable: true, title: 'Too many commands are under way' },
  'command.unavailable': { retryable: false, title: 'The gateway has not what a command needs, or may not do it' },
  'gateway.offline': { retryable: true, title: 'The gateway is not connected' },
  'gateway.no-answer': { retryable: true, title: 'The gateway did not answer a command in time' },
  'event.not-correctable': { retryable: false, title: 'Nothing can be learnt from this event' },
  'teach.state': { retryable: false, title: 'The teaching of a new part is not in a state in which this can be done' },
  'frame.expired': { retryable: false, title: 'The gateway no longer has the picture of this verdict' },
  'deployment.signature': { retryable: false, title: 'An update is not signed by a key that this gateway trusts' },
  'deployment.stale': { retryable: false, title: 'An update is older than what this gateway has dealt with' },
  'deployment.identity': {
    retryable: false,
    title: 'An update is for another gateway, or would change who this one is',
  },
  'deployment.artefact': { retryable: false, title: 'A part of an update is missing, or is not what was announced' },
  'deployment.disk-full': { retryable: true, title: 'The disk of the gateway has no room for an update' },
  'deployment.companion': { retryable: false, title: 'Another part of the same update was refused' },
  'deployment.device': { retryable: false, title: 'A device that answered before an update does not answer with it' },
  'deployment.uplink': { retryable: false, title: 'The hub cannot be reached with an update' },
  'deployment.health': { retryable: false, title: 'The gateway is not healthy with an update' },
  'deployment.crashed': { retryable: false, title: 'The gateway does not stay up with an update' },
  'deployment.set': { retryable: false, title: 'A set of the gateway cannot be read from its disk' },
  'deployment.agent': { retryable: false, title: 'A program for the gateway cannot run on it' },
  'deployment.state': { retryable: false, title: 'A roll-out is not in a state in which this can be done' },
  'sign-in.required': { retryable: false, title: 'Nobody is signed in' },
  'sign-in.failed': { retryable: false, title: 'The sign-in is refused' },
  'sign-in.second-factor': { retryable: false, title: 'A second factor is asked for' },
  'sign-in.locked': { retryable: true, title: 'Too many attempts to sign in' },
  'sign-in.cross-site': { retryable: false, title: 'A request of another site is refused' },
  'sign-in.challenge': { retryable: true, title: 'A sign-in was begun too long ago, elsewhere, or is over' },
  'sign-in.again': { retryable: false, title: 'The person has to sign in again before this' },
  'sign-in.factor-missing': { retryable: false, title: 'A second factor must be set up first' },
  'sign-in.last-way': { retryable: false, title: 'The last way to sign in cannot be taken away' },
  'identity-provider.unavailable': { retryable: true, title: 'The identity provider cannot be reached' },
  'identity-provider.refused': { retryable: false, title: 'The answer of the identity provider is refused' },
  'identity-provider.unknown': {
    retryable: false,
    title: 'An account of the identity provider belongs to nobody here',
  },
  'people.forbidden': { retryable: false, title: 'The role does not allow this' },
  'people.conflict': { retryable: false, title: 'There is such a person, tenant or credential already' },
  'people.password': { retryable: false, title: 'A password is too weak' },
  'people.link': { retryable: false, title: 'A one-time link is used, expired or unknown' },
  'backup.target': { retryable: true, title: 'The place for back-ups cannot be written' },
  'backup.disk-full': { retryable: true, title: 'The place for back-ups has no room for one more' },
  'backup.busy': { retryable: true, title: 'A back-up is being made already' },
  'backup.damaged': { retryable: false, title: 'A back-up is not what was written' },
  'backup.unfinished': { retryable: false, title: 'A back-up was not finished' },
  'backup.newer': { retryable: false, title: 'A back-up was made by a newer version' },
  'restore.not-empty': { retryable: false, title: 'There is something where a hub should be restored' },
  'restore.unfinished': { retryable: false, title: 'A hub was not restored to its end' },
  'port.busy': { retryable: false, title: 'A port is in use by another program' },
  'data.locked': { retryable: false, title: 'Another program uses this data folder' },
  'not-found': { retryable: false, title: 'No such thing' },
  internal: { retryable: false, title: 'A fault of the program itself; its log says more' },
} as const satisfies Record<string, { retryable: boolean; title: string }>

export type ErrorCode = keyof typeof errorCodes

/** An unexpected or refused outcome. `message` says what happened and, where one exists, what to do. */
export class AppError extends Error {
  readonly code: ErrorCode
  readonly retryable: boolean

  constructor(code: ErrorCode, message: string, options?: { readonly cause?: unknown }) {
    super(message, options)
    this.name = 'AppError'
    this.code = code
    this.retryable = errorCodes[code].retryable
  }
}

/** Any thrown value as an AppError; one that already is passes through unchanged. */
export function toAppError(thrown: unknown, code: ErrorCode): AppError {
  if (thrown instanceof AppError) return thrown
  return new AppError(code, thrown instanceof Error ? thrown.message : String(thrown), { cause: thrown })
}
