import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { appendFile, mkdir, rename, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { silentLog, systemClock } from '../../broker/contract/ports.ts'
import { type CameraPeer, type CameraPeerMode, describeCamera, maxFrameBytes, until } from './camera-contract.ts'
import { type Camera, createCamera } from './camera.ts'
import type { FrameDrop } from './frame.ts'
import { hotFolder } from './hot-folder.ts'
import { sampleImage, sampleJpeg, sampleJpegs } from './sample-images.ts'

const images = await sampleJpegs(8)
const root = mkdtempSync(join(tmpdir(), 'musubi-hot-folder-'))
afterAll(() => rmSync(root, { recursive: true }))
const dependencies = { clock: systemClock, log: silentLog }
let folders = 0
const newFolder = (): string => join(root, String((folders += 1)))
const patient = () => ({ signal: AbortSignal.timeout(25_000) })
const sourceOf = (folder: string, afterwards: 'move' | 'delete' = 'move') =>
  hotFolder.create({ type: 'hot-folder', folder, settleMs: 10, giveUpS: 0.05, rescanS: 0.05, afterwards }, dependencies)

/** A vision PC: renames a whole image into the folder every few milliseconds, as long as few are waiting. */
class VisionPc implements CameraPeer {
  mode: CameraPeerMode = 'right'
  readonly connections = 0
  readonly folder = newFolder()
  #timer: NodeJS.Timeout | undefined
  #writing: Promise<void> | undefined
  #sent = 0

  async start(): Promise<void> {
    await mkdir(this.folder, { recursive: true })
    this.#timer = setInterval(() => {
      // One at a time: on a slow disk those that wait for their turn would keep the end waiting.
      if (this.#writing !== undefined || readdirSync(this.folder).length >= 8) return
      this.#writing = this.#write().finally(() => (this.#writing = undefined))
    }, 5)
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer)
    await this.#writing
    await rm(this.folder, { recursive: true, force: true })
  }

  async #write(): Promise<void> {
    const image = images[this.#sent % images.length] ?? Buffer.alloc(0)
    const bytes: Partial<Record<CameraPeerMode, Buffer>> = {
      truncated: image.subarray(0, image.length / 2),
      garbage: Buffer.from('this is no image '.repeat(10)),
      oversize: Buffer.alloc(maxFrameBytes + 1),
    }
    const name = join(this.folder, `part-${(this.#sent += 1)}`)
    await writeFile(`${name}.tmp`, bytes[this.mode] ?? image)
    await rename(`${name}.tmp`, `${name}.jpg`)
  }
}

describeCamera({
  name: 'hot-folder',
  peer: () => new VisionPc(),
  source: (peer) => sourceOf(peer.folder),
  outcomes: { truncated: 'truncated', garbage: 'malformed', oversize: 'oversize' },
  away: 'driver.connection',
  streams: false,
})

describe('A hot folder', () => {
  let folder: string
  let camera: Camera
  let drops: FrameDrop[]
  const opened: Camera[] = []

  beforeEach(async () => {
    folder = newFolder()
    await mkdir(folder)
    camera = open()
    return async () => {
      for (const each of opened.splice(0)) await each.close()
    }
  })

  function open(afterwards: 'move' | 'delete' = 'move'): Camera {
    drops = []
    const made = createCamera(
      { id: 'camera-1', maxFrameBytes, latencyMs: 0, exifOffset: undefined },
      {
        source: sourceOf(folder, afterwards),
        ...dependencies,
        random: Math.random,
        onDrop: (reason) => drops.push(reason),
      },
    )
    opened.push(made)
    made.open()
    return made
  }

  const filesIn = (place: string): readonly string[] => readdirSync(join(folder, place)).toSorted()

  it('gives every file once, oldest first, and moves it when its reader has finished with it', async () => {
    await camera.close()
    for (const [index, image] of images.entries()) {
      const path = join(folder, `${images.length - index}.jpg`)
      await writeFile(path, image)
      await utimes(path, 1_700_000_000 + index, 1_700_000_000 + index)
    }
    const reader = open().reader()
    const widths: number[] = []
    for (const [index] of images.entries()) {
      const frame = await reader.next(patient())
      widths.push(frame.widthPx)
      expect(frame).toMatchObject({ timeMs: (1_700_000_000 + index) * 1000, timeSource: 'file' })
      expect(filesIn('done')).toHaveLength(index)
    }
    expect(widths).toEqual(images.map((_, index) => 8 + index))
    reader.release()
    await until(() => filesIn('done').length === images.length)
    expect(filesIn('.claimed')).toEqual([])
  })

  it('never takes half a file, however slowly it is written', async () => {
    const reader = camera.reader()
    const [image = Buffer.alloc(0)] = images
    const path = join(folder, 'slow.jpg')
    const frame = reader.next(patient())
    // Each step lies still for longer than a file must, and shorter than it may.
    for (let at = 0; at < image.length; at += 150) {
      await appendFile(path, image.subarray(at, at + 150))
      await new Promise((resolve) => void setTimeout(resolve, 15))
    }
    expect((await frame).bytes.equals(image)).toBe(true)
    expect(drops).toEqual([])
  })

  it('gives a file again after a restart in which its reader had not finished with it, and never after', async () => {
    await writeFile(join(folder, 'one.jpg'), await sampleJpeg(20))
    await camera.reader().next(patient())
    await camera.close()
    expect(filesIn('.claimed')).toEqual(['one.jpg'])
    const second = open()
    const reader = second.reader()
    expect((await reader.next(patient())).widthPx).toBe(20)
    reader.release()
    await until(() => filesIn('done').includes('one.jpg'))
    await second.close()
    const third = open()
    await writeFile(join(folder, 'two.jpg'), await sampleJpeg(21))
    expect((await third.reader().next(patient())).widthPx).toBe(21)
    expect(third.state.frames).toBe(1)
  })

  it('waits with every file until a reader has come, and keeps names apart that are used again', async () => {
    await writeFile(join(folder, 'part.jpg'), await sampleJpeg(20))
    await until(() => camera.state.frames === 1)
    await writeFile(join(folder, 'part.jpg'), await sampleJpeg(21))
    const reader = camera.reader()
    const widths = [await reader.next(patient()), await reader.next(patient())].map(({ widthPx }) => widthPx)
    reader.release()
    expect(widths).toEqual([20, 21])
    await until(() => filesIn('done').length === 2)
    expect(filesIn('done')).toEqual(['part-2.jpg', 'part.jpg'])
  })

  it('deletes instead of moving where that is set', async () => {
    await camera.close()
    const reader = open('delete').reader()
    await writeFile(join(folder, 'one.png'), await sampleImage('png', 30))
    expect(await reader.next(patient())).toMatchObject({ format: 'png', widthPx: 30, heightPx: 8 })
    reader.release()
    await until(() => filesIn('.claimed').length === 0)
    expect(filesIn('done')).toEqual([])
  })

  it('takes whole PNG and TIFF files, and puts aside those that stay unfinished', async () => {
    const reader = camera.reader()
    const png = await sampleImage('png', 31)
    const tiff = await sampleImage('tiff', 32)
    await writeFile(join(folder, 'a.png'), png.subarray(0, -12))
    await writeFile(join(folder, 'b.tif'), tiff.subarray(0, tiff.length - 10))
    await until(() => filesIn('rejected').length === 2)
    expect(drops).toEqual(['truncated', 'truncated'])
    await writeFile(join(folder, 'c.tiff'), tiff)
    expect(await reader.next(patient())).toMatchObject({ format: 'tiff', widthPx: 32 })
  })
})
