// The thread that speaks ONVIF: one question, one reply, then it is ended.
import { parentPort, workerData } from 'node:worker_threads'
import { Cam, Discovery } from 'onvif'
import type { OnvifCamera, OnvifReply, OnvifRequest } from './onvif-request.ts'

const request = workerData as OnvifRequest

/** An exception in the library's callbacks ends this thread; whoever asked hears of it as an error of the thread. */
if (request.kind === 'uri') askUri(request)
else discover(request)

function reply(answer: OnvifReply): void {
  parentPort?.postMessage(answer)
}

function refuse(error: unknown): void {
  reply({ kind: 'refused', message: error instanceof Error ? error.message : String(error) })
}

function askUri({ host, port, path, username, password, timeoutMs, ...asked }: OnvifRequest & { kind: 'uri' }): void {
  const camera = new Cam({
    hostname: host,
    port,
    ...(path === undefined ? {} : { path }),
    ...(username === undefined ? {} : { username, password: password ?? '' }),
    timeout: timeoutMs,
    preserveAddress: true,
    autoconnect: false,
  })
  let clockErrorMs: number | undefined
  const profile = asked.profileToken === undefined ? {} : { profileToken: asked.profileToken }
  camera.getSystemDateAndTime((error, date: unknown) => {
    if (error === null && date instanceof Date) clockErrorMs = date.getTime() - Date.now()
    camera.connect((error) => {
      if (error) return refuse(error)
      const done = (error: Error | null, stream?: { readonly uri?: unknown }): void => {
        if (error) refuse(error)
        else reply({ kind: 'uri', uri: String(stream?.uri), clockErrorMs })
      }
      if (asked.stream === 'snapshot') camera.getSnapshotUri(profile, done)
      else camera.getStreamUri({ ...profile, protocol: 'RTSP' }, done)
    })
  })
}

function discover({ networkInterface, timeoutMs }: OnvifRequest & { kind: 'discover' }): void {
  const cameras = new Map<string, OnvifCamera>()
  // Anybody may answer a multicast: what is no camera's answer is passed over.
  Discovery.on('error', () => undefined)
  Discovery.on('device', (found) => {
    const { hostname, port, path, urn } = found as unknown as Record<string, unknown>
    if (typeof urn !== 'string' || typeof hostname !== 'string' || cameras.size >= 256) return
    cameras.set(urn, { endpoint: urn, host: hostname, port: Number(port) || 80, path: String(path) })
  })
  Discovery.probe({ timeout: timeoutMs, ...(networkInterface === undefined ? {} : { device: networkInterface }) }, () =>
    reply({ kind: 'cameras', cameras: [...cameras.values()] }),
  )
}
