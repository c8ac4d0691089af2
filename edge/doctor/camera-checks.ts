// Takes one frame of each configured camera, and says in the field's words what a failure points to.
import { constants } from 'node:fs'
import { access, readdir } from 'node:fs/promises'
import { AppError, toAppError } from '../../broker/contract/app-error.ts'
import type { LocalizedText } from '../../broker/contract/documents.ts'
import type { Clock, Log } from '../../broker/contract/ports.ts'
import { type Camera, createCamera } from '../../firmware-bridge/cameras/camera.ts'
import type { HotFolderSettings } from '../../firmware-bridge/cameras/camera-schemas.ts'
import { loadCameraSource } from '../../firmware-bridge/cameras/registry.ts'
import type { CameraConfig } from '../cameras/camera-config.ts'
import { type Finding, localized } from '../../broker/contract/finding.ts'

interface CameraCheckOptions {
  readonly clock: Clock
  readonly log: Log
  /** How long a camera may take to give a frame. */
  readonly listenMs: number
  readonly signal: AbortSignal
}

export async function* checkCameras(
  cameras: readonly CameraConfig[],
  options: CameraCheckOptions,
): AsyncGenerator<Finding> {
  for (const plan of cameras) {
    if (options.signal.aborted) return
    yield await checkCamera(plan, options)
  }
}

async function checkCamera(plan: CameraConfig, { clock, log, listenMs, signal }: CameraCheckOptions): Promise<Finding> {
  const about = { check: 'camera', subject: plan.id } as const
  if (plan.source.type === 'hot-folder') return { ...about, ...(await folderSeen(plan.source as HotFolderSettings)) }
  const factory = await loadCameraSource(plan.source.type)
  if (factory === undefined) throw new AppError('config.invalid', `"${plan.source.type}" is not a camera`)
  const source = factory.create(plan.source as never, { clock, log })
  const camera = createCamera(plan, { source, clock, log, random: Math.random, onDrop: () => undefined })
  const limit = new AbortController()
  const timer = clock.setTimer(() => limit.abort(), listenMs)
  camera.open()
  const reader = camera.reader()
  try {
    const { widthPx, heightPx, bytes } = await reader.next({ signal: AbortSignal.any([limit.signal, signal]) })
    const text = `${widthPx} × ${heightPx}, ${Math.ceil(bytes.length / 1024)} kB`
    return { state: 'ok', ...about, seen: localized(text, text) }
  } catch (thrown) {
    return { state: 'fail', ...about, ...explained(faultOf(camera, thrown)) }
  } finally {
    timer.cancel()
    reader.close()
    await camera.close()
  }
}

/** Only looked at: taking a file would keep it from the agent. */
async function folderSeen({ folder }: HotFolderSettings): Promise<Pick<Finding, 'state' | 'seen' | 'advice'>> {
  try {
    await access(folder, constants.R_OK | constants.W_OK)
    const files = (await readdir(folder, { withFileTypes: true })).filter((entry) => entry.isFile()).length
    return { state: 'ok', seen: localized(`${files} 件のファイルが待機中`, `files waiting: ${files}`) }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    const advice = localized(
      `フォルダーの場所と所有者を確認: sudo chown musubi ${folder}`,
      `check the folder and its owner: sudo chown musubi ${folder}`,
    )
    return { state: 'fail', seen: localized(`読み書きできません: ${reason}`, reason), advice }
  }
}

/** Why the source failed says more than that no frame came. */
function faultOf({ state: { fault, bad } }: Camera, thrown: unknown): AppError {
  if (fault !== undefined) return fault
  if (bad > 0) return new AppError('driver.frame', `${bad} images were not whole or no images`)
  return thrown instanceof AppError ? thrown : toAppError(new Error('no frame came'), 'driver.timeout')
}

function explained({ code, message }: AppError): { seen: LocalizedText; advice: LocalizedText } {
  const seen = localized(`画像が取れません: ${message}`, `${code}: ${message}`)
  return { seen, advice: adviceFor(code) }
}

function adviceFor(code: AppError['code']): LocalizedText {
  if (code === 'tool.missing') return localized('sudo apt install ffmpeg', 'sudo apt install ffmpeg')
  if (code === 'driver.exception') {
    return localized('URL と、カメラの利用者名・パスワードを確認', "check the URL and the camera's user and password")
  }
  return localized(
    'カメラの電源、IP アドレス、LAN ケーブル、URL を確認',
    "check the camera's power, IP address, LAN cable and URL",
  )
}
