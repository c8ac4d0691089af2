// The C sketch of docs/boards.md, compiled and heard by the driver: so the page stays true.
import { spawnSync } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { silentLog, systemClock } from '../../broker/contract/ports.ts'
import { mcu } from '../../firmware-bridge/drivers/mcu.ts'
import type { Measurement } from '../../firmware-bridge/driver.ts'
import type { McuProfile } from '../../firmware-bridge/mcu/profile-schema.ts'
import { loadProfile } from '../../firmware-bridge/profile-loader.ts'
import { debianPackage } from '../debian.ts'

const page = join(import.meta.dirname, '../../docs/boards.md')
/** What the board's own code around the sketch would do. */
const board = `
#include <stdio.h>
void serial_write(uint8_t byte) { putchar(byte); }
int main(void) {
  for (int round = 0; round < 300; round++) {
    begin_frame(1, 0, 2); add_record("temp", "Cel", 21.5f + round); add_record("vwc", "/", 0.0f); send_frame();
  }
  begin_frame(1, 0, 1); add_record("a-name-that-is-too-long", "and-a-unit-far-too-long", 1); add_record("x", "/", 1);
  add_record("a-name-that-is-too-long", "and-a-unit-far-too-long", 1); send_frame();
  begin_frame(1, 0, 1); add_record("batt", "V", 3.7f); send_frame();
  return 0;
}
`

async function bytesOfSketch(): Promise<Buffer> {
  const [, sketch] = /```c\n([\s\S]*?)```/.exec(await readFile(page, 'utf8')) ?? []
  if (sketch === undefined) throw new Error('docs/boards.md has no sketch')
  const folder = await mkdtemp(join(tmpdir(), 'musubi-sketch-'))
  try {
    const [source, program] = [join(folder, 'board.c'), join(folder, 'board')]
    await writeFile(source, sketch + board)
    const flags = ['-std=c99', '-Wall', '-Wextra', '-Werror', '-fsanitize=undefined', '-fno-sanitize-recover']
    const compiled = spawnSync('/usr/bin/gcc', [...flags, '-o', program, source], { encoding: 'utf8' })
    expect(compiled.stderr).toBe('')
    const ran = spawnSync(program, { maxBuffer: 2 ** 24 })
    expect(ran.stderr.toString()).toBe('')
    return ran.stdout
  } finally {
    await rm(folder, { recursive: true })
  }
}

describe.skipIf(!debianPackage('gcc'))('The sketch of docs/boards.md', () => {
  it('compiles without a warning, and the driver hears every value of it', async () => {
    const bytes = await bytesOfSketch()
    const profile = (await loadProfile('mcu-soil-node')) as McuProfile
    const server = createServer((socket) => void socket.write(bytes))
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    const discards = new Map<string, number>()
    const driver = mcu.create(
      { host: '127.0.0.1', port },
      {
        clock: systemClock,
        log: silentLog,
        onDiscard: (reason, amount) => void discards.set(reason, (discards.get(reason) ?? 0) + amount),
      },
    )
    const taken: Measurement[] = []
    await driver.open()
    driver.listen?.(
      { id: 'soil', address: { board: 1 }, profile, timeoutMs: 1000 },
      {
        take(measurements) {
          taken.push(...measurements)
          return Promise.resolve()
        },
        fault(error) {
          throw error
        },
      },
    )
    while (taken.length < 601) await new Promise((resolve) => void setTimeout(resolve, 2))
    await driver.close()
    await new Promise<void>((resolve) => void server.close(() => resolve()))
    const of = (channel: string) => taken.filter((one) => one.channel === channel).map(({ value }) => value)
    expect(of('soil-temperature')).toEqual(Array.from({ length: 300 }, (_, round) => 21.5 + round))
    expect(of('soil-moisture')).toEqual(Array.from({ length: 300 }, () => 0))
    expect(of('battery-voltage')).toEqual([Math.fround(3.7)])
    // The frame that did not fit was not sent; its number is missed.
    expect([...discards]).toEqual([['gap', 1]])
  })
})
