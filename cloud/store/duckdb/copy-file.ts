// A program of its own that copies one file onto the medium: `copy-file.ts FROM TO`. In the process that has a database open,
// opening and closing its file by other means would give up the locks on it (fcntl(2), "advisory record locking").
import { chmodSync, closeSync, constants, copyFileSync, fsyncSync, openSync } from 'node:fs'

const [from = '', to = ''] = process.argv.slice(2)
try {
  // Shares the blocks where the file system can, and copies them where it cannot.
  copyFileSync(from, to, constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL)
  chmodSync(to, 0o600)
  const descriptor = openSync(to, 'r+')
  fsyncSync(descriptor)
  closeSync(descriptor)
} catch (thrown) {
  process.stderr.write(thrown instanceof Error ? thrown.message : String(thrown))
  process.exitCode = 1
}
