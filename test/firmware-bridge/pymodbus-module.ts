// An I/O module with eight inputs and eight coils: pymodbus (Debian's python3-pymodbus), steered through its standard input.
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { createInterface } from 'node:readline'

const program = `
import asyncio, sys, types
# The packages for serial ports, which a TCP server does not use, need not be there.
for name in ('serial', 'serial_asyncio'):
    sys.modules.setdefault(name, types.ModuleType(name))
sys.modules['serial_asyncio'].create_serial_connection = None
from pymodbus.datastore import ModbusSequentialDataBlock, ModbusServerContext, ModbusSlaveContext
from pymodbus.server import StartAsyncTcpServer
unit = ModbusSlaveContext(di=ModbusSequentialDataBlock(0, [0] * 16), co=ModbusSequentialDataBlock(0, [0] * 16), zero_mode=True)
class Coils(ModbusSequentialDataBlock):
    def setValues(self, address, values):
        super().setValues(address, values)
        print('coil', address, int(values[0]), flush=True)
unit.store['c'] = Coils(0, [0] * 16)
for address in sys.argv[2:]:
    unit.store['d'].setValues(int(address), [1])
async def steer():
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    print('ready', flush=True)
    while line := await reader.readline():
        address, level = line.split()
        unit.store['d'].setValues(int(address), [int(level)])
async def main():
    server = asyncio.create_task(StartAsyncTcpServer(context=ModbusServerContext(slaves=unit, single=True), address=('127.0.0.1', int(sys.argv[1])), allow_reuse_address=True))
    while not server.done():
        try:
            (await asyncio.open_connection('127.0.0.1', int(sys.argv[1])))[1].close()
            break
        except OSError:
            await asyncio.sleep(0.01)
    await asyncio.wait([server, asyncio.create_task(steer())], return_when=asyncio.FIRST_COMPLETED)
asyncio.run(main())
`

export interface PymodbusModule {
  readonly port: number
  /** Every coil that was written, in order. */
  readonly written: readonly { readonly coil: number; readonly on: boolean }[]
  setInput(address: number, on: boolean): void
  close(): Promise<void>
}

/** `port`: a free one where not given. `inputsOn`: inputs that are on from the beginning. */
export async function startPymodbusModule(port?: number, inputsOn: readonly number[] = []): Promise<PymodbusModule> {
  const own = port ?? (await lastingPort())
  const child: ChildProcessWithoutNullStreams = spawn('/usr/bin/python3', [
    '-c',
    program,
    ...[own, ...inputsOn].map(String),
  ])
  const written: { coil: number; on: boolean }[] = []
  let complaint = ''
  child.stderr.on('data', (text: Buffer) => (complaint += text.toString()))
  const ready = Promise.withResolvers<void>()
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (line === 'ready') ready.resolve()
    const [word, coil, level] = line.split(' ')
    if (word === 'coil') written.push({ coil: Number(coil), on: level === '1' })
  })
  child.once('exit', () => ready.reject(new Error(`pymodbus has ended: ${complaint}`)))
  await ready.promise
  return {
    port: own,
    written,
    setInput: (address, on) => void child.stdin.write(`${address} ${on ? 1 : 0}\n`),
    async close() {
      if (child.exitCode !== null || child.signalCode !== null) return
      child.kill('SIGKILL')
      await once(child, 'exit')
    },
  }
}

/** A free port below those that the system gives out, so that nobody is given it while the module is away. */
async function lastingPort(): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 10_000)
    const server = createServer()
    const isFree = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false))
      server.listen(port, '127.0.0.1', () => resolve(true))
    })
    if (!isFree) continue
    await new Promise<void>((resolve) => server.close(() => resolve()))
    return port
  }
}
