// Whether a file of flows can run at this gateway: a set with a node that is not here, or a setpoint that is not configured, is refused before it is used.

/** Node types that a gateway has: those of Node-RED that need no network, file or program, and our own. */
const nodeTypes: ReadonlySet<string> = new Set(
  [
    'tab,group,junction,comment,global-config,subflow',
    'inject,debug,complete,catch,status,link in,link out,link call',
    'function,switch,change,range,template,delay,trigger,rbe',
    'csv,json,split,join,sort,batch',
    'musubi in,musubi infer,musubi out,musubi alarm,musubi setpoint',
  ].flatMap((family) => family.split(',')),
)

/** A larger file is no set of flows that a person can follow. */
const maxFlowBytes = 2_000_000
const maxFaults = 50

export interface FlowNames {
  /** Configured, by id. */
  readonly setpoints: readonly string[]
  readonly channels: readonly string[]
}

type FlowNode = Readonly<Record<string, unknown>>

/** What is wrong with the text of a file of flows, each in one sentence; none: it can run. */
export function flowFaults(text: string, names: FlowNames): readonly string[] {
  if (text.length > maxFlowBytes) return [`has more than ${maxFlowBytes} characters`]
  let nodes: unknown
  try {
    nodes = JSON.parse(text)
  } catch (thrown) {
    return [`is no JSON: ${thrown instanceof Error ? thrown.message : String(thrown)}`]
  }
  if (!Array.isArray(nodes))
    return ['is no list of nodes, as Node-RED exports it, e.g. [{ "id": "a1", "type": "tab" }]']
  return nodes.flatMap((node: unknown, index) => nodeFaults(node, index, names)).slice(0, maxFaults)
}

function nodeFaults(node: unknown, index: number, names: FlowNames): readonly string[] {
  const { id, type, ...rest } = Object(node) as FlowNode
  if (typeof id !== 'string' || typeof type !== 'string') return [`node ${index} has no id and type`]
  if (type.startsWith('subflow:')) return []
  if (!nodeTypes.has(type)) {
    return [`node ${id} is of type "${type}", which a gateway does not have, e.g. "function" or "musubi in"`]
  }
  if (type === 'musubi setpoint') return nameFaults(id, rest['setpoint'], names.setpoints, 'setpoint')
  if (type === 'musubi out') return nameFaults(id, rest['channel'], names.channels, 'channel')
  return []
}

function nameFaults(id: string, name: unknown, known: readonly string[], what: 'setpoint' | 'channel') {
  if (typeof name === 'string' && known.includes(name)) return []
  const advice = known[0] === undefined ? `add it to /flows/${what}s` : `known are ${known.join(', ')}`
  return [`node ${id} names the ${what} "${String(name)}", which is not configured; ${advice}`]
}
