// Flows beside a gateway that samples: what they see and do, and that nothing of what they do wrong stops the sampling.
import { existsSync, readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterEach, describe, expect, it, onTestFinished } from 'vitest'
import { type FlowingGateway, startFlowingGateway, tabOf } from './flowing-gateway.ts'

const setpoints = `  channels:
    - { id: level-cm, unit: m, min: 0, max: 10, label: { ja: 水位, en: Level } }
  setpoints:
    - { id: pump, device: plant, channel: pump-relay, min: 0, max: 1, failSafe: 0, renewWithinS: 60 }
    - { id: lamp, device: plant, channel: lamp-level, min: 0.1, max: 1, failSafe: 1 }
`

describe('Flows of a gateway', { timeout: 120_000 }, () => {
  let gateway: FlowingGateway | undefined

  afterEach(async () => {
    await gateway?.stop()
    gateway = undefined
  })

  it('see the samples, send readings, set outputs, and what is refused comes back with its code', async () => {
    gateway = await startFlowingGateway({
      flows: setpoints,
      nodes: tabOf(
        { id: 'in', type: 'musubi in', series: 'plant:water-level', quality: 'all', wires: [['out', 'decide']] },
        { id: 'out', type: 'musubi out', channel: 'level-cm' },
        {
          id: 'decide',
          type: 'function',
          outputs: 2,
          func: 'return [{ payload: msg.payload > 1 }, { payload: msg.payload > 1 ? 2 : 0.4 }]',
          wires: [['pump'], ['lamp']],
        },
        { id: 'pump', type: 'musubi setpoint', setpoint: 'pump' },
        { id: 'lamp', type: 'musubi setpoint', setpoint: 'lamp' },
        { id: 'caught', type: 'catch', scope: ['lamp'], uncaught: false, wires: [['told']] },
        { id: 'told', type: 'function', func: 'node.warn("refusal " + msg.refusal)', outputs: 0 },
      ),
    })
    const { hub, plant } = gateway
    await gateway.until('a reading of a flow', () => hub.storedNames.includes('flow:level-cm'))
    expect(hub.stored[hub.storedNames.indexOf('flow:level-cm')]).toBe(0.5)
    await gateway.until('the lamp', () => plant.lampLevel === 40)
    expect(plant.coils[0]).toBe(false)
    plant.inputs.waterLevel = 1500
    await gateway.until('the pump', () => plant.coils[0] === true)
    await gateway.until('refusals', async () => (await gateway!.metric('flow_setpoints_total{reason="range"}')) > 0)
    expect(plant.lampLevel).toBe(40)
    expect(hub.statuses.at(-1)?.devices?.at(-1)).toMatchObject({
      id: 'flow',
      series: [{ name: 'flow:level-cm', unit: 'm' }],
    })
    expect(await gateway.program.logged('a flow says')).toMatchObject({
      flow: expect.stringContaining('setpoint.refused'),
    })
    expect(await gateway.program.end('SIGTERM')).toBe(0)
    expect(plant.coils[0]).toBe(false)
    expect(plant.lampLevel).toBe(100)
  })

  it('hang, leak, throw and end their process, and the sampling goes on through all of it', async () => {
    const wrong = [
      'const spin = () => { Promise.resolve().then(spin) }; spin()',
      'const keep = []; const leak = () => { keep.push(Buffer.alloc(3e7, 1)); setTimeout(leak, 20) }; leak()',
      'void Promise.reject(new Error("a flow that is wrong"))',
      'console.constructor.constructor("return process")().exit(3)',
    ]
    const cases = wrong.map((code, index) => `if (msg.payload === ${index + 1}) { ${code} }`)
    gateway = await startFlowingGateway({
      flows: setpoints,
      nodes: tabOf(
        { id: 'in', type: 'musubi in', series: 'plant:people', quality: 'all', wires: [['go-wrong', 'pump-on']] },
        { id: 'go-wrong', type: 'function', outputs: 0, func: cases.join('\n') },
        { id: 'pump-on', type: 'function', outputs: 1, func: 'return { payload: 1 }', wires: [['set']] },
        { id: 'set', type: 'musubi setpoint', setpoint: 'pump' },
      ),
    })
    const { hub, plant } = gateway
    const readings = () => hub.storedNames.filter((name) => name === 'plant:water-level').length
    for (const [index, fault] of ['hangs', 'memory', 'crashes', 'crashes'].entries()) {
      const faults = () => gateway!.metric(`flow_faults_total{reason="${fault}"}`)
      await gateway.until(`the flow runs before it ${fault}`, () => plant.coils[0] === true)
      const before = { faults: await faults(), readings: readings() }
      plant.inputs.people = index + 1
      await gateway.until(fault, async () => (await faults()) > before.faults)
      plant.inputs.people = 0
      await gateway.until('the fail-safe', () => plant.coils[0] === false)
      await gateway.until('readings', () => readings() > before.readings + 5)
    }
    expect(hub.gaps + hub.conflicts).toBe(0)
  })

  it('that send too much are held back and counted, and nothing else of them is', async () => {
    gateway = await startFlowingGateway({
      flows: setpoints,
      nodes: tabOf(
        { id: 'in', type: 'musubi in', series: 'plant:people', quality: 'all', wires: [['flood', 'right']] },
        { id: 'flood', type: 'function', func: 'for (let i = 0; i < 1000; i += 1) node.send({ payload: 1 })', wires: [['out']] }, // prettier-ignore
        { id: 'right', type: 'musubi alarm', alarm: 'crowd', source: '', when: 'above', raiseAt: 3, clearAt: 2 },
        { id: 'out', type: 'musubi out', channel: 'level-cm' },
      ),
    })
    const { plant } = gateway
    const tooMany = () => gateway!.metric('flow_asks_total{reason="too-many"}')
    await gateway.until('refused questions', async () => (await tooMany()) > 5000)
    expect(await gateway.metric('flow_faults_total{reason="floods"}')).toBe(0)
    const readings = await gateway.metric('flow_asks_total{reason="out"}')
    await gateway.until(
      'further readings',
      async () => (await gateway!.metric('flow_asks_total{reason="out"}')) > readings,
    )
    plant.inputs.people = 1
    await gateway.until('readings of the device', () => gateway!.hub.stored.some((value, index) => value === 1 && gateway!.hub.storedNames[index] === 'plant:people')) // prettier-ignore
  })

  it('have a function that never returns fail alone, after two seconds', async () => {
    gateway = await startFlowingGateway({
      flows: setpoints,
      nodes: tabOf(
        { id: 'once', type: 'inject', props: [], once: true, onceDelay: 0.1, repeat: '', wires: [['endless']] },
        { id: 'endless', type: 'function', func: 'for (;;);', outputs: 0 },
        { id: 'in', type: 'musubi in', series: 'plant:people', quality: 'all', wires: [['right']] },
        { id: 'right', type: 'function', func: 'return { payload: 1 }', wires: [['set']] },
        { id: 'set', type: 'musubi setpoint', setpoint: 'pump' },
      ),
    })
    const { plant, program } = gateway
    expect(await program.logged('a flow says')).toMatchObject({ flow: expect.stringContaining('timed out') })
    await gateway.until('that the others go on', () => plant.coils[0] === true)
  })

  it('cannot read the files of the gateway nor start programs, whatever they get hold of', async () => {
    const reach = (what: string) =>
      `const found = console.constructor.constructor('return process')()
       try { ${what}; return { payload: 0 } } catch (error) { return { payload: error.code === 'ERR_ACCESS_DENIED' ? 1 : 0 } }`
    const elsewhere = await mkdtemp(join(tmpdir(), 'musubi-elsewhere-'))
    onTestFinished(() => rm(elsewhere, { recursive: true }))
    const trace = join(elsewhere, 'flow-was-here')
    gateway = await startFlowingGateway({
      flows: `  channels: [{ id: read }, { id: run }, { id: write }, { id: env }]\n`,
      nodes: tabOf(
        { id: 'in', type: 'musubi in', series: 'plant:people', quality: 'all', wires: [['f1', 'f2', 'f3', 'f4']] },
        {
          id: 'f1',
          type: 'function',
          func: reach("found.getBuiltinModule('fs').readFileSync('/etc/hostname')"),
          wires: [['read-out']],
        },
        {
          id: 'f2',
          type: 'function',
          func: reach("found.getBuiltinModule('child_process').execFileSync('/bin/true')"),
          wires: [['run-out']],
        },
        {
          id: 'f3',
          type: 'function',
          func: reach(`found.getBuiltinModule('fs').writeFileSync('${trace}', '')`),
          wires: [['write-out']],
        },
        {
          id: 'f4',
          type: 'function',
          func: "return { payload: Object.keys(console.constructor.constructor('return process')().env).filter((name) => /VITEST|USER|npm/.test(name)).length }",
          wires: [['env-out']],
        },
        { id: 'read-out', type: 'musubi out', channel: 'read' },
        { id: 'run-out', type: 'musubi out', channel: 'run' },
        { id: 'write-out', type: 'musubi out', channel: 'write' },
        { id: 'env-out', type: 'musubi out', channel: 'env' },
      ),
    })
    const { hub } = gateway
    const value = (name: string) => hub.stored[hub.storedNames.indexOf(name)]
    await gateway.until('all four', () =>
      ['read', 'run', 'write', 'env'].every((id) => hub.storedNames.includes(`flow:${id}`)),
    )
    expect(['read', 'run', 'write', 'env'].map((id) => value(`flow:${id}`))).toEqual([1, 1, 1, 0])
    expect(await readdir(elsewhere)).toEqual([])
  })

  it('ask a model of the gateway, and hear why where it cannot answer', async () => {
    gateway = await startFlowingGateway({
      more: 'models: [{ package: lamp-power-anomaly, inputs: ["*:lamp-*-power"] }]',
      flows: '  channels: [{ id: healthy, min: 0, max: 1 }, { id: dead, min: 0, max: 1 }, { id: refused }]\n',
      nodes: tabOf(
        { id: 'go', type: 'inject', props: [], repeat: '1', once: true, onceDelay: 1, wires: [['shine', 'fail']] },
        { id: 'shine', type: 'function', func: nightsOfALamp(80), wires: [['ask-1', 'unknown']] },
        { id: 'fail', type: 'function', func: nightsOfALamp(0), wires: [['ask-2']] },
        { id: 'ask-1', type: 'musubi infer', model: 'lamp-power-anomaly', wires: [['healthy-out']] },
        { id: 'ask-2', type: 'musubi infer', model: 'lamp-power-anomaly', wires: [['dead-out']] },
        { id: 'unknown', type: 'musubi infer', model: 'no-such-model' },
        { id: 'caught', type: 'catch', scope: ['unknown'], uncaught: false, wires: [['why']] },
        {
          id: 'why',
          type: 'function',
          func: "return { payload: msg.refusal === 'not-found' }",
          wires: [['refused-out']],
        },
        { id: 'healthy-out', type: 'musubi out', channel: 'healthy' },
        { id: 'dead-out', type: 'musubi out', channel: 'dead' },
        { id: 'refused-out', type: 'musubi out', channel: 'refused' },
      ),
    })
    const { hub } = gateway
    const value = (name: string) => hub.stored[hub.storedNames.indexOf(name)]
    const names = ['flow:healthy', 'flow:dead', 'flow:refused']
    await gateway.until('the answers', () => names.every((name) => hub.storedNames.includes(name)))
    expect(value('flow:refused')).toBe(1)
    expect(value('flow:healthy')).toBeLessThan(0.5)
    expect(value('flow:dead')).toBeGreaterThan(0.9)
  })

  it('are not there where none are configured: no process, no folder, no figures', async () => {
    gateway = await startFlowingGateway({})
    const { hub, folder, program } = gateway
    await gateway.until('a reading', () => hub.storedNames.includes('plant:water-level'))
    expect(childrenOf(program.pid)).toEqual([])
    expect(existsSync(join(folder, 'data/flows'))).toBe(false)
    expect(await gateway.metric('flow_running')).toBe(0)
  })

  it('are edited through a socket of this user alone; what is deployed there is kept and told as changed here', async () => {
    const nodes = tabOf(
      { id: 'in', type: 'musubi in', series: 'plant:people', quality: 'all', wires: [['f']] },
      { id: 'f', type: 'function', func: 'return { payload: 0 }', wires: [['set']] },
      { id: 'set', type: 'musubi setpoint', setpoint: 'pump' },
    )
    gateway = await startFlowingGateway({ flows: `  editor: true\n${setpoints}`, nodes })
    const { folder, plant, program } = gateway
    const own = join(folder, 'data/flows/node-red')
    const socketPath = join(own, 'editor.sock')
    const ask = (path: string, body?: object) => asked(socketPath, path, body)
    await gateway.until('the editor', async () => (await ask('/flows/settings').catch(() => undefined))?.status === 200)
    expect((await ask('/flows/')).body).toContain('<title>Musubi')
    expect((await ask('/')).status).toBe(404)
    expect(JSON.parse((await ask('/flows/musubi/places')).body)).toMatchObject({
      setpoints: [{ id: 'pump' }, { id: 'lamp' }],
    })
    const settings = JSON.parse((await ask('/flows/settings')).body) as {
      telemetryEnabled?: boolean
      externalModules: object
    }
    expect(settings.telemetryEnabled).not.toBe(true)
    expect(settings.externalModules).toMatchObject({ palette: { allowInstall: false } })
    for (const [path, mode] of [
      [socketPath, 0o600],
      [join(own, 'credentials.secret'), 0o600],
      [own, 0o700],
    ] as const) {
      // prettier-ignore
      expect(statSync(path).mode & 0o777).toBe(mode)
    }
    expect(listeningPorts(childrenOf(program.pid))).toEqual([])
    const changed = nodes.map((node) => ('func' in node ? { ...node, func: 'return { payload: 1 }' } : node))
    expect((await ask('/flows/flows', changed)).status).toBe(204)
    await gateway.until('the changed flow', () => plant.coils[0] === true)
    await gateway.until('the mark', async () => (await gateway!.metric('flow_changed_here')) === 1)
    expect(readFileSync(join(folder, 'flows.json'), 'utf8')).toBe(JSON.stringify(nodes))
    expect((await ask('/flows/flows', nodes)).status).toBe(204)
    await gateway.until('no mark', async () => (await gateway!.metric('flow_changed_here')) === 0)
  })
})

/** Code of a function node: four nights of a lamp of 80 W, of which the last two hours have this power. */
function nightsOfALamp(lastW: number): string {
  return `const payload = []
for (let timeMs = Date.UTC(2026, 10, 1); timeMs <= Date.UTC(2026, 10, 4, 12); timeMs += 900000) {
  const hour = (timeMs / 3600000) % 24
  payload.push({ timeMs, value: hour >= 9 && hour < 20 ? 80 : 0.5 })
}
for (const entry of payload.slice(-8)) entry.value = ${lastW}
return { payload }`
}

/** Processes that this one has started and that live. */
function childrenOf(pid: number): readonly number[] {
  return readdirSync(`/proc/${pid}/task`).flatMap((task) =>
    readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8')
      .split(' ')
      .filter((word) => word.trim() !== '')
      .map(Number),
  )
}

/** Local addresses, in hexadecimal, at which one of the processes listens for TCP. */
function listeningPorts(pids: readonly number[]): readonly string[] {
  const sockets = new Set(
    pids.flatMap((pid) =>
      readdirSync(`/proc/${pid}/fd`).map((fd) => {
        try {
          return readlinkSync(`/proc/${pid}/fd/${fd}`)
        } catch {
          return ''
        }
      }),
    ),
  )
  expect(sockets.size).toBeGreaterThan(0)
  return ['tcp', 'tcp6'].flatMap((kind) => {
    const lines = readFileSync(`/proc/net/${kind}`, 'utf8').split('\n').slice(1)
    return lines.flatMap((line) => {
      const [, local = '', , state, , , , , , inode] = line.trim().split(/\s+/)
      return state === '0A' && sockets.has(`socket:[${inode}]`) ? [local] : []
    })
  })
}

async function asked(
  socketPath: string,
  path: string,
  body?: object,
): Promise<{ readonly status: number; readonly body: string }> {
  const { promise, resolve, reject } = Promise.withResolvers<{ readonly status: number; readonly body: string }>()
  const headers = { 'content-type': 'application/json', 'node-red-deployment-type': 'full' }
  const asking = request({ socketPath, path, method: body === undefined ? 'GET' : 'POST', headers }, (response) => {
    text(response).then((said) => resolve({ status: response.statusCode ?? 0, body: said }), reject)
  })
  asking.on('error', reject)
  asking.end(body === undefined ? undefined : JSON.stringify(body))
  return await promise
}
