// An I/O module with eight inputs and eight coils: pymodbus (Debian's python3-pymodbus), steered through its standard input.
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { freePort } from '../../bench/load/free-port.ts'

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
async def steer():
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    print('ready', flush=True)
    while line := await reader.readline():
        address, level = line.split()
        unit.store['d'].setValues(int(address), [int(level)])
async def main():
    server = asyncio.create_task(StartAsyncTcpServer(context=ModbusServerContext(slaves=unit, single=True), address=('127.0.0.1', int(sys.argv[1]))))
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

/** `port`: a free one where not given. */
export async function startPymodbusModule(port?: number): Promise<PymodbusModule> {
  const own = port ?? (await freePort())
  const child: ChildProcessWithoutNullStreams = spawn('/usr/bin/python3', ['-c', program, String(own)])
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
