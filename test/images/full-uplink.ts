// The proof of the image uplink at full size, by hand: `node test/images/full-uplink.ts --images 200 --mb 8 --mbit 2`.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { until } from '../programs/until.ts'
import { followLateness, type Outage } from './lateness.ts'
import { prepareUplinkRun } from './uplink-run.ts'

const { values } = parseArgs({
  options: {
    images: { type: 'string', default: '200' },
    mb: { type: 'string', default: '8' },
    mbit: { type: 'string', default: '2' },
    cuts: { type: 'string', default: '3' },
    /** How long the link stays cut. */
    'cut-s': { type: 'string', default: '3' },
    'cap-kbit': { type: 'string' },
  },
})
const images = Number(values.images)
const bytes = Math.round(Number(values.mb) * 1e6)
const bitsPerSecond = Number(values.mbit) * 1e6
const cuts = Number(values.cuts)
const idealS = (images * bytes * 8) / bitsPerSecond
const limitMs = (idealS * 4 + 120) * 1000

const say = (line: string): void => void process.stdout.write(`${line}\n`)
const folder = await mkdtemp(join(tmpdir(), 'musubi-uplink-'))
const cap = values['cap-kbit'] === undefined ? {} : { maxKbitPerS: Number(values['cap-kbit']) }
say(`${images} images of ${bytes} B over ${values.mbit} Mbit/s, ${cuts} cuts and one power loss; ${folder}`)
const run = await prepareUplinkRun({ folder, images, bytes, bitsPerSecond, pollIntervalMs: 500, upload: cap })
const outages: Outage[] = []
const lateness = await followLateness(`http://127.0.0.1:${run.hub.httpPort}`, run.series)
try {
  await run.edge.start()
  const startedMs = performance.now()
  for (let cut = 1; cut <= cuts; cut += 1) {
    await run.reached(Math.floor((images * cut) / (cuts + 2)), limitMs)
    await outage(`cut ${cut}`, async () => {
      run.link.cut()
      await lateness.pause(Number(values['cut-s']) * 1000)
      run.link.restore()
    })
  }
  await run.reached(Math.floor((images * (cuts + 1)) / (cuts + 2)), limitMs)
  await outage('power loss', async () => {
    await run.edge.end('SIGKILL')
    await run.edge.start()
  })
  await run.reached(images, limitMs)
  const tookS = (performance.now() - startedMs) / 1000
  await report(tookS)
} finally {
  await lateness.close()
  await run.close()
  await rm(folder, { recursive: true, force: true })
}

/** Ends when a reading that was made after it has arrived: until then the gateway makes good what it missed. */
async function outage(name: string, happen: () => Promise<void>): Promise<void> {
  const beginMs = Date.now()
  await happen()
  const backMs = Date.now()
  await until('a live reading after the outage', 60_000, async () =>
    lateness.arrivals.some(({ timeMs }) => timeMs > backMs) ? true : undefined,
  )
  outages.push({ beginMs, endMs: Date.now() })
  say(`${name}: telemetry was away for ${((Date.now() - beginMs) / 1000).toFixed(1)} s`)
}

async function report(tookS: number): Promise<void> {
  const stored = await run.stored()
  const wanted = run.hashes.toSorted()
  const once = JSON.stringify(stored.map(({ sha256 }) => sha256).toSorted()) === JSON.stringify(wanted)
  let identical = 0
  for (const image of stored) if ((await run.hashOf(image)) === image.sha256) identical += 1
  const last = run.device.served().at(-1) ?? 0
  const values = await until('the telemetry through now', 60_000, async () => {
    const found = (await run.hub.goodReadings(run.series)).map(({ value }) => value ?? 0)
    return (found.at(-1) ?? 0) >= last ? found : undefined
  })
  const sent = run.link.upBytes()
  const { max, p99, p50, count } = lateness.of(outages)
  const rate = (images * bytes * 8) / tookS / 1e6
  say(`each image once: ${once}; byte-identical: ${identical} of ${images}`)
  say(`took ${tookS.toFixed(1)} s, ${rate.toFixed(2)} Mbit/s of images (ideal ${idealS.toFixed(1)} s)`)
  say(`bytes sent up: ${(sent / (images * bytes)).toFixed(3)} times those of the images, telemetry included`)
  say(`telemetry: ${values.length} readings stored, ${last - new Set(values).size} of those read are not there`)
  say(`live lateness outside outages: p50 ${p50} ms, p99 ${p99} ms, max ${max} ms over ${count} readings`)
  if (!once || identical !== images || max > 2000) process.exitCode = 1
}
