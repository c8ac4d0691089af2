// A real file system of a few MiB that a test can fill to the last byte, and free again.
import { execFileSync, spawnSync } from 'node:child_process'
import { appendFileSync, mkdirSync, mkdtempSync, rmdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isSystemFault } from '../../broker/contract/system-fault.ts'

export interface SmallDisk {
  /** Takes what is left, again and again if asked; returns once a write got ENOSPC. */
  fill(): void
  /** Gives back what `fill` took. */
  free(): void
  unmount(): void
}

/** Mounts a tmpfs on `folder`, which is made. Needs the right to mount: see `mayMount`. */
export function mountSmallDisk(folder: string, mebibytes: number): SmallDisk {
  mkdirSync(folder, { recursive: true })
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${mebibytes}m`, 'musubi-test', folder])
  const ballast = join(folder, 'ballast')
  return {
    fill: () => {
      for (const bytes of [1_048_576, 65_536, 4096, 1]) appendUntilFull(ballast, bytes)
    },
    free: () => rmSync(ballast, { force: true }),
    unmount: () => void execFileSync('umount', ['--lazy', folder]),
  }
}

/** Is mounting allowed here? Not without root, and not in most containers. */
export function mayMount(): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'musubi-mount-'))
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'musubi-test', folder]).status === 0
  if (mounted) execFileSync('umount', [folder])
  rmdirSync(folder)
  return mounted
}

function appendUntilFull(file: string, bytes: number): void {
  const chunk = new Uint8Array(bytes)
  for (;;) {
    try {
      appendFileSync(file, chunk)
    } catch (error) {
      if (isSystemFault(error, 'ENOSPC')) return
      throw error
    }
  }
}
