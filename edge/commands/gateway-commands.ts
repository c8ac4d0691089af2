// Which commands this gateway knows; a new one is a line here.
import type { Teaching } from '../teach/teaching.ts'
import { type CommandHandler, type CommandPorts, type Commands, createCommands } from './commands.ts'

export function openGatewayCommands(
  { teaching }: { readonly teaching: Teaching | undefined },
  ports: Omit<CommandPorts, 'handlers'>,
): Commands {
  const handlers = new Map<string, CommandHandler>()
  if (teaching !== undefined) handlers.set('correct-verdict', (given) => teaching.correct(given))
  return createCommands({ ...ports, handlers })
}
