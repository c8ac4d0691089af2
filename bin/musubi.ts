#!/usr/bin/env node
// The `musubi` command: finds the program by its name and hands it the rest of the words.
import { enableCompileCache, getCompileCacheDir } from 'node:module'
import { AppError } from '../broker/contract/app-error.ts'

interface Command {
  run(args: readonly string[]): Promise<number>
}

const commands: Readonly<Record<string, { readonly about: string; load(): Promise<Command> }>> = {
  demo: { about: 'a hub, a simulated field and four gateways', load: () => import('./commands/demo.ts') },
  hub: { about: 'broker and cloud in one process', load: () => import('./commands/hub.ts') },
  broker: { about: 'the MQTT broker alone', load: () => import('./commands/broker.ts') },
  cloud: { about: 'ingest, store, alarms and API beside an MQTT broker', load: () => import('./commands/cloud.ts') },
  edge: { about: 'the gateway agent', load: () => import('./commands/edge.ts') },
  field: { about: 'the simulated field of the demo', load: () => import('./commands/field.ts') },
  user: { about: 'the people of a hub and their roles', load: () => import('./commands/user.ts') },
  token: { about: 'tokens for programs', load: () => import('./commands/token.ts') },
  audit: { about: 'check and export the audit log', load: () => import('./commands/audit.ts') },
  backup: { about: 'a back-up of a hub, while it runs', load: () => import('./commands/backup.ts') },
  restore: { about: 'a hub out of a back-up', load: () => import('./commands/restore.ts') },
  ca: { about: 'root, CA and certificates of a city', load: () => import('./commands/ca.ts') },
  claim: { about: 'the right of a gateway to enrol', load: () => import('./commands/claim.ts') },
  enrol: { about: 'a gateway gets its certificate', load: () => import('./commands/enrol.ts') },
  setup: { about: 'a gateway out of its box is set up by phone', load: () => import('./commands/setup.ts') },
  deploy: { about: 'what gateways shall run: roll-outs and USB sticks', load: () => import('./commands/deploy.ts') },
  doctor: { about: 'what is wrong with a gateway, and what to do', load: () => import('./commands/doctor.ts') },
  reset: { about: 'a gateway becomes as it came out of its box', load: () => import('./commands/reset.ts') },
  images: { about: 'take images of a card into a gateway', load: () => import('./commands/images.ts') },
  model: { about: 'check a model package', load: () => import('./commands/model.ts') },
  insights: {
    about: 'advice of a simulated season; how well its models fit',
    load: () => import('./commands/insights.ts'),
  },
  bulletins: {
    about: 'messages of the disaster broadcast from a file',
    load: () => import('./commands/bulletins.ts'),
  },
  places: { about: 'lists of public places, in and out', load: () => import('./commands/places.ts') },
  flows: { about: 'ready flows for a gateway', load: () => import('./commands/flows.ts') },
  'mqtt-password': { about: "the hash of a device's password", load: () => import('./commands/mqtt-password.ts') },
  board: { about: 'list and update the firmware of a board', load: () => import('./commands/board.ts') },
}

function usage(): string {
  const lines = Object.entries(commands).map(([name, { about }]) => `  musubi ${name.padEnd(14)} ${about}`)
  return [
    'Usage: musubi COMMAND [OPTIONS]',
    '',
    ...lines,
    '',
    'musubi COMMAND --help tells the options of a command.',
  ].join('\n')
}

async function main(words: readonly string[]): Promise<number> {
  const [name, ...args] = words
  const command = name === undefined ? undefined : commands[name]
  if (command === undefined) {
    console.error(usage())
    return name === undefined || name === '--help' ? 0 : 2
  }
  try {
    return await (await command.load()).run(args)
  } catch (thrown) {
    if (!(thrown instanceof AppError)) throw thrown
    console.error(`musubi ${name}: ${thrown.message} [${thrown.code}]`)
    return 1
  }
}

// Stripped and compiled modules are kept on disk, for the programs that this one starts too: a later start is faster and
// does not load the type stripper at all.
enableCompileCache()
process.env['NODE_COMPILE_CACHE'] ??= getCompileCacheDir() ?? ''
process.exitCode = await main(process.argv.slice(2))
