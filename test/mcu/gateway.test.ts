// A board, a gateway that is killed again and again, and a hub: every reading of the board arrives.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { systemClock } from '../../broker/contract/ports.ts'
import { createFirmwareFile } from '../../firmware-bridge/simulators/board/firmware-file.ts'
import { SimulatedBoard } from '../../firmware-bridge/simulators/board/simulated-board.ts'
import { temporaryFolder } from '../edge/outbox-fixture.ts'
import { ScriptedHub } from '../edge/scripted-hub.ts'

const musubi = resolve(import.meta.dirname, '../../bin/musubi.ts')
const factoryImage = createFirmwareFile({ version: { major: 1, minor: 0, revision: 0 }, bodyBytes: 600 })

describe('A board at a gateway', () => {
  let folder: ReturnType<typeof temporaryFolder>
  let hub: ScriptedHub
  let board: SimulatedBoard
  let gateway: ChildProcess

  const start = () => {
    const args = [musubi, 'edge', '--config', join(folder.path, 'gateway.yaml'), '--log', 'warn']
    gateway = spawn(process.execPath, args, { stdio: 'ignore' })
  }
  const end = async (signal: NodeJS.Signals) => {
    const ended = once(gateway, 'exit')
    gateway.kill(signal)
    await ended
  }

  beforeEach(async () => {
    folder = temporaryFolder()
    hub = new ScriptedHub()
    await hub.start()
    board = await SimulatedBoard.start({ clock: systemClock, line: { port: 0 }, factoryImage, number: 4 })
    writeFileSync(
      join(folder.path, 'gateway.yaml'),
      `tenant: test
gateway: gateway-1
label: { ja: 試験, en: Test gateway }
data: ./data
hub: { url: "${hub.url}" }
uplink: { reconnectBaseMs: 20, reconnectCapMs: 100 }
sites: [{ id: here, kind: other, name: { ja: 此処, en: Here }, position: { lat: 35.33, lon: 139.9 } }]
connections: [{ id: boards, type: mcu, host: 127.0.0.1, port: ${board.port} }]
devices: [{ id: soil-4, site: here, connection: boards, profile: mcu-soil-node, address: { board: 4 }, intervalS: 60 }]
`,
    )
  })

  afterEach(async () => {
    if (gateway.exitCode === null && gateway.signalCode === null) await end('SIGKILL')
    await board.close()
    await hub.stop()
    folder.remove()
  })

  it('loses no reading over three kills of the gateway, and at most what was being confirmed comes twice', async () => {
    const kills = 3
    let said = 0
    for (let round = 0; round <= kills; round += 1) {
      start()
      const wanted = board.acknowledged + 15
      while (board.acknowledged < wanted) {
        // A board keeps 64 frames: it does not say more than that to nobody.
        if (board.keptFrames < 40) board.say([{ name: 'count', unit: 'count', value: said++ }])
        await new Promise((resolve) => void setTimeout(resolve, 5))
      }
      if (round < kills) await end('SIGKILL')
    }
    while (board.keptFrames > 0) await new Promise((resolve) => void setTimeout(resolve, 5))
    const arrived = () => hub.stored.filter((_, index) => hub.storedNames[index] === 'soil-4:count')
    await hub.until(() => new Set(arrived()).size >= said)
    expect([...new Set(arrived())].toSorted((a, b) => a - b)).toEqual(Array.from({ length: said }, (_, value) => value))
    expect(arrived().length - said).toBeLessThanOrEqual(40 * kills)
    expect(await endGently()).toBe(0)
  })

  async function endGently(): Promise<number | null> {
    await end('SIGTERM')
    return gateway.exitCode
  }
})
