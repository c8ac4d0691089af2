// How Node-RED is set up at a gateway: what is switched off, and what our nodes are given.
import { join } from 'node:path'
import type { FlowPort } from './flow-port.ts'
import type { FlowStorage } from './flow-storage.ts'
import type { FlowInit } from './messages.ts'
import { registerNodes } from './register-nodes.ts'

/** What needs a network, files or other programs, and parsers that would only cost memory. Kept in step with flow-file.ts. */
const nodesNotLoaded =
  '90-exec 10-file 23-watch 05-tls 06-httpproxy 10-mqtt 21-httpin 21-httprequest 22-websocket 31-tcpin 32-udp 70-HTML 70-XML 70-YAML'
    .split(' ')
    .map((name) => `${name}.js`)
/** A function node that takes longer than this for one message fails; the others go on. */
const functionLimitS = 2
const errorLevel = 20
const warnLevel = 30

export function nodeRedSettings(
  { editor, safeMode, folder }: FlowInit,
  given: { readonly port: FlowPort; readonly storage: FlowStorage; readonly editorPath: string },
): object {
  const { port, storage, editorPath } = given
  const log = (message: LogMessage): void => {
    // Of the runtime itself only errors: its warnings are of a desk, as that there are no credentials yet.
    if (message.level > (message.type === undefined ? errorLevel : warnLevel)) return
    port.log(message.level <= errorLevel ? 'error' : 'warn', logText(message))
  }
  return {
    userDir: folder,
    nodesDir: join(import.meta.dirname, 'nodes'),
    nodesExcludes: nodesNotLoaded,
    storageModule: storage.module,
    credentialSecret: storage.secret,
    /** For nodes/musubi.cjs. */
    musubi: { register: (api: Parameters<typeof registerNodes>[0]) => registerNodes(api, port) },
    safeMode,
    disableEditor: !editor,
    httpAdminRoot: editor ? editorPath : false,
    httpNodeRoot: false,
    httpStatic: [],
    logging: { console: { level: 'off' }, agent: { level: 'warn', handler: () => log } },
    globalFunctionTimeout: functionLimitS,
    functionExternalModules: false,
    functionGlobalContext: {},
    externalModules: {
      autoInstall: false,
      palette: { allowInstall: false, allowUpdate: false, allowUpload: false },
      modules: { allowInstall: false },
    },
    telemetry: { enabled: false, updateNotification: false },
    diagnostics: { enabled: false, ui: false },
    runtimeState: { enabled: true, ui: true },
    editorTheme: {
      page: { title: 'Musubi' },
      header: { title: 'Musubi' },
      projects: { enabled: false },
      multiplayer: { enabled: false },
      tours: false,
      userMenu: false,
      codeEditor: { lib: 'monaco' },
      markdownEditor: { mermaid: { enabled: false } },
    },
    paletteCategories: ['Musubi', 'common', 'function', 'sequence', 'parser', 'subflows'],
  }
}

interface LogMessage {
  readonly level: number
  readonly msg?: unknown
  readonly type?: string
  readonly name?: string
  readonly id?: string
}

function logText({ msg, type, name, id }: LogMessage): string {
  // Errors of functions are of another realm, where Error is another class.
  const { message } = Object(msg) as { readonly message?: unknown }
  const said = typeof message === 'string' ? message : typeof msg === 'string' ? msg : JSON.stringify(msg)
  return type === undefined ? said : `${type} ${name ?? id ?? ''}: ${said}`
}
