// Reads the flags of a command that takes flags alone.
import { parseArgs, type ParseArgsConfig } from 'node:util'

/** Undefined where the words are none that `options` names, as `--help` is: the command shows its usage then. */
export function flagsOf<const Options extends NonNullable<ParseArgsConfig['options']>>(
  args: readonly string[],
  options: Options,
) {
  try {
    return parseArgs({ args: [...args], options }).values
  } catch {
    return undefined
  }
}
