// Asks a gateway to do something now and waits for its answer; nothing is kept for a gateway that is not there.
import { randomUUID } from 'node:crypto'
import { Counter, Registry } from 'prom-client'
import { AppError, errorCodes, toAppError, type ErrorCode } from '../../broker/contract/app-error.ts'
import { decodeDocument } from '../../broker/contract/checked-document.ts'
import { commandLimits, commandStates } from '../../broker/contract/command-limits.ts'
import { CommandResult, type CommandDocument } from '../../broker/contract/command.ts'
import { encodeDocument } from '../../broker/contract/document-codec.ts'
import type { Clock, Log, Timer } from '../../broker/contract/ports.ts'
import { commandTopic, gatewayKey, parseTopic } from '../../broker/contract/topics.ts'
import type { CommandJournal } from './command-journal.ts'
import type { IncomingMessage } from '../ingest/message.ts'
import type { GatewayRecord } from '../registry/gateway-registry.ts'

interface CommandRequest {
  /** Gateway id: {tenant}/{gateway}. */
  readonly gateway: string
  readonly kind: string
  readonly arguments: CommandDocument['arguments']
  /** The gateway carries it out within this or not at all, and so long the answer is waited for. Default 20,000. */
  readonly lifeMs?: number
  /** Who asks, and from where, for the audit; absent: the hub itself. */
  readonly by?: string
  readonly remote?: string
}

export interface Commands {
  /**
   * The answer where the command was carried out or begun. Throws AppError `gateway.offline`, `command.busy`, `gateway.no-answer`
   * (whether it was carried out is then not known), or what the gateway refused it with or failed on.
   */
  send(request: CommandRequest): Promise<CommandResult>
  /** As send, with the id under which its file is kept. */
  ask(request: CommandRequest): Promise<{ readonly id: string; readonly result: CommandResult }>
  /** As send, but resolves with the id of the command once it is sent; what becomes of it is in the journal. */
  begin(request: CommandRequest): Promise<string>
  /** A command of this id was sent to this gateway, and its answer has not come. */
  isAwaited(id: string, gateway: string): boolean
  /** True where the message is the result of a command and nobody else's business. */
  take(message: IncomingMessage): boolean
  readonly metrics: Registry
  /** Whoever still waits gets `gateway.no-answer`; resolves when all of it is written down. */
  stop(): Promise<void>
}

interface Waiting {
  readonly gateway: string
  readonly timer: Timer
  settle(outcome: CommandResult | AppError): void
}

/** Bound: commands that wait for their answer. Overflow: a further one is refused, counted. Owner: these commands. */
const maxWaiting = 1_000
const maxWaitingOfGateway = 8
const defaultLifeMs = 20_000

const notSent = ['offline', 'busy'] as const
const noAnswer = ['no-answer', 'stopped'] as const
const strange = ['late', 'malformed'] as const
type Count = (typeof commandStates)[number] | (typeof notSent | typeof noAnswer | typeof strange)[number]

interface CommandPorts {
  readonly gateways: { get(id: string): Pick<GatewayRecord, 'state'> | undefined }
  readonly publish: (topic: string, payload: Uint8Array) => void
  /** Absent: nothing is written down. */
  readonly journal?: Pick<CommandJournal, 'begun' | 'settled'>
  readonly clock: Clock
  readonly log: Log
}

export function createCommands(ports: CommandPorts): Commands {
  return new HubCommands(ports)
}

interface Sent {
  readonly id: string
  /** Never rejects. */
  readonly answer: Promise<CommandResult | AppError>
}

class HubCommands implements Commands {
  readonly metrics: Registry
  readonly #ports: CommandPorts
  readonly #waiting = new Map<string, Waiting>()
  readonly #counts = new Map<Count, number>()
  /** What is being written down. */
  readonly #writing = new Set<Promise<void>>()

  constructor(ports: CommandPorts) {
    this.#ports = ports
    this.metrics = registryOf(this.#counts)
  }

  async send(request: CommandRequest): Promise<CommandResult> {
    return (await this.ask(request)).result
  }

  async ask(request: CommandRequest): Promise<{ readonly id: string; readonly result: CommandResult }> {
    const { id, answer } = await this.#open(request)
    const result = await answer
    if (result instanceof AppError) throw result
    if (result.state === 'refused' || result.state === 'failed') throw errorOf(result)
    return { id, result }
  }

  async begin(request: CommandRequest): Promise<string> {
    return (await this.#open(request)).id
  }

  isAwaited(id: string, gateway: string): boolean {
    return this.#waiting.get(id)?.gateway === gateway
  }

  take({ topic, payload }: IncomingMessage): boolean {
    if (!topic.endsWith('/result')) return false
    const parsed = parseTopic(topic)
    if (parsed?.kind !== 'command-result') return false
    this.#received(parsed.id, gatewayKey(parsed.identity), payload)
    return true
  }

  async stop(): Promise<void> {
    for (const entry of this.#waiting.values()) {
      this.#count('stopped')
      entry.settle(new AppError('gateway.no-answer', `the hub stops; what ${entry.gateway} did is not known`))
    }
    // The outcomes of those just settled are noted a turn later.
    await new Promise(setImmediate)
    await Promise.all(this.#writing)
  }

  async #open(request: CommandRequest): Promise<Sent> {
    const { clock, journal, publish } = this.#ports
    const { gateway, kind, arguments: given, lifeMs = defaultLifeMs, by = '', remote = '' } = request
    const refusal = this.#refusalOf(gateway)
    if (refusal !== undefined) throw refusal
    const id = randomUUID()
    const timeMs = clock.now()
    // What cannot be written down is not sent.
    if (journal !== undefined) await journal.begun({ id, gateway, kind, arguments: given, by, remote, askedMs: timeMs })
    const expiresMs = timeMs + Math.min(lifeMs, commandLimits.lifeMs)
    const answer = this.#wait(id, gateway, lifeMs)
    const document: CommandDocument = { v: 1, kind, timeMs, expiresMs, arguments: given }
    publish(commandTopic(identityOf(gateway), id), encodeDocument(document))
    return { id, answer: answer.then((outcome) => this.#noted(outcome, { id, gateway, kind, by })) }
  }

  #refusalOf(gateway: string): AppError | undefined {
    if (this.#ports.gateways.get(gateway)?.state !== 'online') {
      this.#count('offline')
      return new AppError('gateway.offline', `${gateway} is not connected; nothing was sent, try again when it is`)
    }
    const ofGateway = [...this.#waiting.values()].filter((other) => other.gateway === gateway).length
    if (this.#waiting.size < maxWaiting && ofGateway < maxWaitingOfGateway) return undefined
    this.#count('busy')
    return new AppError('command.busy', `${ofGateway} commands wait for an answer of ${gateway}; nothing was sent`)
  }

  #wait(id: string, gateway: string, lifeMs: number): Promise<CommandResult | AppError> {
    return new Promise((resolve) => {
      const settle = (outcome: CommandResult | AppError): void => {
        this.#waiting.delete(id)
        timer.cancel()
        resolve(outcome)
      }
      const expire = (): void => {
        this.#count('no-answer')
        settle(new AppError('gateway.no-answer', `${gateway} did not answer within ${lifeMs / 1000} s`))
      }
      const timer = this.#ports.clock.setTimer(expire, lifeMs)
      this.#waiting.set(id, { gateway, timer, settle })
    })
  }

  #received(id: string, gateway: string, payload: Uint8Array): void {
    const entry = this.#waiting.get(id)
    if (entry === undefined || entry.gateway !== gateway) return this.#count('late')
    try {
      const result = decodeDocument(CommandResult, payload)
      this.#count(result.state)
      entry.settle(result)
    } catch (thrown) {
      this.#count('malformed')
      entry.settle(toAppError(thrown, 'payload.malformed'))
    }
  }

  #noted(
    outcome: CommandResult | AppError,
    about: { readonly id: string; readonly gateway: string; readonly kind: string; readonly by: string },
  ): CommandResult | AppError {
    const { journal, clock, log } = this.#ports
    const told = outcome instanceof AppError ? { ...codeOf(outcome), state: 'no-answer' as const } : outcome
    log.info({ ...about, code: told.code, state: told.state }, 'a command')
    if (journal === undefined) return outcome
    const written = journal.settled(about.id, told, clock.now()).catch((thrown: unknown) => {
      log.error({ ...about, err: thrown }, 'the outcome of a command could not be written down')
    })
    this.#writing.add(written)
    void written.then(() => this.#writing.delete(written))
    return outcome
  }

  #count(what: Count): void {
    this.#counts.set(what, (this.#counts.get(what) ?? 0) + 1)
  }
}

function codeOf({ code, message }: AppError): { readonly code: ErrorCode; readonly message: string } {
  return { code, message }
}

function identityOf(gateway: string) {
  const [tenant = '', name = ''] = gateway.split('/')
  return { tenant, gateway: name }
}

/** A code that is not known here is of a newer gateway. */
function errorOf({ state, code, message }: CommandResult): AppError {
  const known = code !== undefined && Object.hasOwn(errorCodes, code) ? (code as ErrorCode) : 'internal'
  return new AppError(known, message ?? `the gateway ${state} it${code === undefined ? '' : ` (${code})`}`)
}

function registryOf(counts: ReadonlyMap<Count, number>): Registry {
  const registry = new Registry()
  const counter = new Counter({
    name: 'musubi_commands_total',
    help: 'Commands to gateways, by what became of them; late: a result that nobody waits for',
    labelNames: ['result'],
    registers: [registry],
    collect() {
      counter.reset()
      for (const result of [...commandStates, ...notSent, ...noAnswer, ...strange]) {
        counter.inc({ result }, counts.get(result) ?? 0)
      }
    },
  })
  return registry
}
