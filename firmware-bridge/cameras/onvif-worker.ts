// The thread that speaks ONVIF: one question, one reply, then it is ended.
import { parentPort, workerData } from 'node:worker_threads'
import onvif from 'onvif'
import type { OnvifCamera, OnvifReply, OnvifRequest } from './onvif-request.ts'

const request = workerData as OnvifRequest
/** More cameras than this on one network are not listed. */
const maxCameras = 256

reply({ kind: 'started' })
/** An exception in the library's callbacks ends this thread; whoever asked hears of it as an error of the thread. */
if (request.kind === 'uri') askUri(request)
else discover(request)

function reply(answer: OnvifReply): void {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread's port has no origin
  parentPort?.postMessage(answer)
}

function refuse(error: unknown): void {
  reply({ kind: 'refused', message: error instanceof Error ? error.message : String(error) })
}

function askUri({ host, port, path, username, password, timeoutMs, ...asked }: OnvifRequest & { kind: 'uri' }): void {
  const camera = new onvif.Cam({
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
  onvif.Discovery.on('error', () => undefined)
  onvif.Discovery.on('device', (found) => {
    const camera = announced(found as ProbeMatches)
    if (camera !== undefined && cameras.size < maxCameras) cameras.set(camera.endpoint, camera)
  })
  const network = networkInterface === undefined ? {} : { device: networkInterface }
  // Not resolved: the library would at once connect to whatever address an answer names.
  onvif.Discovery.probe({ timeout: timeoutMs, resolve: false, ...network }, () =>
    reply({ kind: 'cameras', cameras: [...cameras.values()] }),
  )
}

interface ProbeMatches {
  readonly probeMatches?: {
    readonly probeMatch?: { readonly endpointReference?: { readonly address?: unknown }; readonly XAddrs?: unknown }
  }
}

/** The endpoint of a ProbeMatch and the first of its addresses (WS-Discovery 1.0, 5.3). */
function announced(found: ProbeMatches): OnvifCamera | undefined {
  const { endpointReference, XAddrs } = found.probeMatches?.probeMatch ?? {}
  const url = String(XAddrs)
    .split(' ')
    .find((address) => URL.canParse(address))
  if (typeof endpointReference?.address !== 'string' || url === undefined) return undefined
  const { hostname, port, pathname } = new URL(url)
  return { endpoint: endpointReference.address, host: hostname, port: Number(port) || 80, path: pathname }
}
