import { expect, it } from 'vitest'
import { silentLog, systemClock } from '../../broker/contract/ports.ts'
import { createCamera } from './camera.ts'
import type { CameraSource } from './camera-source.ts'
import { sampleJpegs } from './sample-images.ts'

it('A camera that closes tells a source, which still has an image in hand, that nobody takes it', async () => {
  const [bytes = Buffer.alloc(0)] = await sampleJpegs(1)
  let isTaken: boolean | undefined
  const source: CameraSource = {
    stallMs: undefined,
    async run(session) {
      await new Promise((resolve) => session.signal.addEventListener('abort', resolve, { once: true }))
      await Promise.resolve()
      isTaken = await session.deliver({ bytes, begunMs: systemClock.monotonic() })
    },
  }
  const camera = createCamera(
    { id: 'camera-1', maxFrameBytes: 1_000_000, latencyMs: 0, exifOffset: undefined },
    { source, clock: systemClock, log: silentLog, random: Math.random, onDrop: () => undefined },
  )
  camera.reader()
  camera.open()
  await camera.close()
  expect(isTaken).toBe(false)
})
