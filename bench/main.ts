// `npm run bench -- NAME …`: runs bench/NAME.ts; each is a program that prints its figure beside a peer or a limit.
import { readdirSync } from 'node:fs'
import { guardChildren } from './load/child-guard.ts'

interface Bench {
  run(args: readonly string[]): Promise<void>
}

const notBenches = new Set(['main', 'report'])

async function main([name, ...args]: readonly string[]): Promise<number> {
  const names = readdirSync(import.meta.dirname)
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
    .map((file) => file.slice(0, -'.ts'.length))
    .filter((candidate) => !notBenches.has(candidate))
  if (name === undefined || !names.includes(name)) {
    console.error(`Usage: npm run bench -- NAME [options], where NAME is one of: ${names.join(', ')}`)
    return 2
  }
  const bench = (await import(`./${name}.ts`)) as Bench
  await bench.run(args)
  return 0
}

guardChildren()
process.exitCode = await main(process.argv.slice(2))
