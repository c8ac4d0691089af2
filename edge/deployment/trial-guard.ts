// Ends a program of a set that is still on trial long after its probation: it may hang before it can watch over itself, or not judge at all.
import { spawnSync } from 'node:child_process'
import type { Trial } from './deployment-state.ts'

/** Start, and a hub that is away, beyond the two probations that a judgement may take. */
const slackS = 600

/**
 * A shell outside of this program, because what runs in this process from here on is not known to be well. It costs some
 * hundred kB until then, ends within two seconds of the process, and does nothing where the trial is over.
 */
const script = `(
  born=$(cut -d' ' -f22 "/proc/$1/stat")
  left=$2
  while [ "$left" -gt 0 ]; do
    sleep 2
    kill -0 "$1" || exit 0
    left=$((left - 2))
  done
  [ "$born" = "$(cut -d' ' -f22 "/proc/$1/stat" 2>/dev/null)" ] && grep -qF "$3" "$4" && kill -9 "$1"
) >/dev/null 2>&1 &`

export function guardTrial(
  { revision, probationS }: Pick<Trial, 'revision' | 'probationS'>,
  stateFile: string,
  { pid, limitS }: { readonly pid: number; readonly limitS: number } = defaultsOf(probationS),
): void {
  const onTrial = `"trial":{"revision":${revision},`
  spawnSync('/bin/sh', ['-c', script, 'sh', String(pid), String(limitS), onTrial, stateFile], {
    stdio: 'ignore',
  })
}

function defaultsOf(probationS: number) {
  return { pid: process.pid, limitS: 2 * probationS + slackS }
}
