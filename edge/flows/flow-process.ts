// The process of the flows: Node-RED embedded, with our nodes, without network, and with no more than the agent gives it.
import { chmodSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { flushCompileCache } from 'node:module'
import { join } from 'node:path'
import RED from 'node-red'
import { createFlowPort, type FlowPortHost } from './flow-port.ts'
import { nodeRedSettings } from './flow-settings.ts'
import { createFlowStorage } from './flow-storage.ts'
import type { FlowInit, FromFlows, ToFlows } from './messages.ts'

const beganMs = performance.now()
const editorPath = '/flows'
/** The channel to the agent. An agent that has gone needs no answer. */
const tell = (message: FromFlows): void => void process.send?.(message, undefined, {}, () => undefined)

// Without its agent it has nothing to do.
process.once('disconnect', () => process.exit(0))
process.once('message', (init: FlowInit) => void run(init))

async function run(init: FlowInit): Promise<void> {
  const port = createFlowPort(init.places, tell)
  const { folder, file, editor } = init
  const saved = (changedHere: boolean): void => tell({ kind: 'saved', changedHere })
  const storage = createFlowStorage({ file, folder, editor, saved })
  writeFileSync(join(folder, 'package.json'), '{"name":"flows","private":true}\n')
  const server = createServer()
  RED.init(server, nodeRedSettings(init, { port, storage, editorPath }))
  RED.events.once('flows:started', () => {
    tell({ kind: 'started', afterMs: Math.round(performance.now() - beganMs), changedHere: storage.changedHere })
  })
  process.on('message', (message: ToFlows) => {
    if (message.kind === 'stop') void end(server)
    else port.received(message)
  })
  await RED.start()
  // Flows begin on a later turn, so that the agent knows of this one whatever they do.
  tell({ kind: 'ready' })
  // A process that is killed does not fill it.
  flushCompileCache()
  if (editor) await openEditor(server, join(folder, 'editor.sock'), port)
}

/** On a socket that only this user may open; nothing listens on a port. */
async function openEditor(server: Server, path: string, port: FlowPortHost): Promise<void> {
  rmSync(path, { force: true })
  server.on('request', (request, response) => {
    const [own = ''] = (request.url ?? '').split('?')
    if (own === editorPath || own.startsWith(`${editorPath}/`)) {
      Object.assign(request, { originalUrl: request.url, url: request.url?.slice(editorPath.length) || '/' })
      RED.httpAdmin(request, response)
    } else response.writeHead(404).end()
  })
  server.on('error', (error) => port.log('error', `the editor cannot listen: ${error.message}`))
  await new Promise<void>((resolve) => server.listen(path, resolve))
  chmodSync(path, 0o600)
}

async function end(server: Server): Promise<void> {
  server.close()
  server.closeAllConnections()
  await RED.stop()
  process.exit(0)
}
