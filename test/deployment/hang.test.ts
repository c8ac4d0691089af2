import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, it } from 'vitest'

const watch = new URL('../../edge/deployment/hang-watch.ts', import.meta.url).href
const ports = new URL('../../broker/contract/ports.ts', import.meta.url).href

async function endOf(work: string): Promise<readonly unknown[]> {
  const program = `
    import { watchForHang } from '${watch}'
    import { systemClock } from '${ports}'
    const watched = watchForHang(systemClock, 3000)
    ${work}`
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program], { stdio: 'ignore' })
  return once(child, 'exit')
}

it('a main thread that stands still is ended like a crash, and one that turns is left alone', async () => {
  const [hung, well] = await Promise.all([
    endOf('setTimeout(() => { for (;;); }, 100)'),
    endOf('setTimeout(() => { watched.cancel() }, 7000)'),
  ])
  expect(hung).toEqual([null, 'SIGKILL'])
  expect(well).toEqual([0, null])
})
