// The serial ports of this machine, with the name that stays the same when a plug is moved, and whether we may open them.
import { constants } from 'node:fs'
import { access, readdir, readFile, realpath } from 'node:fs/promises'
import { dirname, join } from 'node:path'

export interface FoundSerialPort {
  readonly path: string
  /** Under /dev/serial/by-id: keeps naming this adapter after a restart. Undefined for a port of the board itself. */
  readonly stablePath: string | undefined
  /** Maker, product and serial number, as far as the adapter tells them. */
  readonly about: string | undefined
  /** The user of this process may read and write it. */
  readonly permitted: boolean
}

const classFolder = '/sys/class/tty'
const byIdFolder = '/dev/serial/by-id'
/** The kernel lists ports of the old PC kind that no hardware stands behind; their type is 0, unknown. */
const noHardware = '0'

/**
 * Read from Linux's /sys: the `serialport` package asks `udevadm`, which small systems lack, and its absence ends the
 * process. Elsewhere the package is asked.
 */
export async function listSerialPorts(): Promise<readonly FoundSerialPort[]> {
  const [ports, stable] = await Promise.all([portsOfMachine(), stableNames()])
  return Promise.all(
    ports.map(async ({ path, about }) => ({
      path,
      about: about === '' ? undefined : about,
      stablePath: stable.get(path),
      permitted: await isPermitted(path),
    })),
  )
}

interface Port {
  readonly path: string
  readonly about: string
}

async function portsOfMachine(): Promise<readonly Port[]> {
  if (process.platform === 'linux') return portsOfLinux()
  const { SerialPort } = await import('serialport')
  const ports = await SerialPort.list()
  return ports.map(({ path, manufacturer = '', serialNumber = '' }) => ({
    path,
    about: `${manufacturer} ${serialNumber}`.trim(),
  }))
}

async function portsOfLinux(): Promise<readonly Port[]> {
  const names = await readdir(classFolder).catch(() => [])
  const ports = await Promise.all(
    names
      .toSorted((a, b) => a.localeCompare(b))
      .map(async (name): Promise<readonly Port[]> => {
        const device = await realpath(join(classFolder, name, 'device')).catch(() => undefined)
        const type = await textOf(join(classFolder, name, 'type'))
        if (device === undefined || type === noHardware) return []
        return [{ path: join('/dev', name), about: await usbTexts(device) }]
      }),
  )
  return ports.flat()
}

/** The maker's texts stand at the USB device, some levels above the port. */
async function usbTexts(device: string): Promise<string> {
  for (let folder = device; folder.startsWith('/sys/devices/'); folder = dirname(folder)) {
    const texts = await Promise.all(['manufacturer', 'product', 'serial'].map((name) => textOf(join(folder, name))))
    const known = texts.filter((text) => text !== undefined && text !== '')
    if (known.length > 0) return known.join(' ')
  }
  return ''
}

function textOf(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').then(
    (text) => text.trim(),
    () => undefined,
  )
}

async function stableNames(): Promise<ReadonlyMap<string, string>> {
  const names = await readdir(byIdFolder).catch(() => [])
  const paths = names.map((name) => join(byIdFolder, name))
  return new Map(await Promise.all(paths.map(async (path) => [await realpath(path), path] as const)))
}

function isPermitted(path: string): Promise<boolean> {
  return access(path, constants.R_OK | constants.W_OK).then(
    () => true,
    () => false,
  )
}
