// The simulated field as the demo sees it: a program that tells its ports once, and comes back on them after a death.
import { Type } from 'typebox'
import { Value } from 'typebox/value'
import { AppError } from '../../broker/contract/app-error.ts'
import type { FieldFault } from '../../firmware-bridge/simulators/field-fault.ts'
import type { FieldPorts } from '../../firmware-bridge/simulators/field.ts'
import type { FieldReady } from '../commands/field.ts'
import { createChildProgram, type ChildProgram, type ChildProgramOptions } from './child-program.ts'

export interface FieldProgram extends ChildProgram {
  /** Starts it; resolves with its ports. Throws `driver.connection` after the limit or when `signal` aborts. */
  ready(signal: AbortSignal): Promise<FieldPorts>
  /** Faults are kept, and made again when the field comes back. */
  inject(fault: FieldFault): void
  clear(fault: FieldFault): void
}

export interface FieldProgramOptions extends Omit<ChildProgramOptions, 'name' | 'command' | 'onMessage'> {
  /** `ports`: those of the first start, to come back on. */
  readonly command: (ports: FieldPorts | undefined) => ReturnType<ChildProgramOptions['command']>
}

const Ready = Type.Object({ type: Type.Literal('ready') })
const readyLimitMs = 20_000

export function createFieldProgram({ command, ...options }: FieldProgramOptions): FieldProgram {
  const faults = new Map<string, FieldFault>()
  let ports: FieldPorts | undefined
  let onReady: ((ports: FieldPorts) => void) | undefined
  const program = createChildProgram({
    ...options,
    name: 'field',
    command: () => command(ports),
    onMessage(message) {
      if (!Value.Check(Ready, message)) return
      ports = (message as FieldReady).ports
      onReady?.(ports)
      for (const fault of faults.values()) program.send({ type: 'inject', fault })
    },
  })
  return {
    ...program,
    async ready(signal) {
      return await new Promise((resolve, reject) => {
        const settle = (): void => {
          limit.cancel()
          signal.removeEventListener('abort', giveUp)
        }
        const giveUp = (): void => {
          settle()
          reject(new AppError('driver.connection', `the simulated field did not start: look into ${options.logFile}`))
        }
        const limit = options.clock.setTimer(giveUp, readyLimitMs)
        signal.addEventListener('abort', giveUp, { once: true })
        onReady = (found) => {
          settle()
          resolve(found)
        }
        program.start()
      })
    },
    inject(fault) {
      faults.set(JSON.stringify(fault), fault)
      program.send({ type: 'inject', fault })
    },
    clear(fault) {
      faults.delete(JSON.stringify(fault))
      program.send({ type: 'clear', fault })
    },
  }
}
