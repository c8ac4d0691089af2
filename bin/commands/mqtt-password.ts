// `musubi mqtt-password`: makes the hash of a device's password for gateway.yaml.
import { text } from 'node:stream/consumers'
import { hashPassword } from '../../firmware-bridge/mqtt/password-hash.ts'

const usage = `Usage:
  musubi mqtt-password < FILE
      Reads a password from standard input and prints its hash, for a user of an mqtt-listener in gateway.yaml.`

/** Returns the exit code: 0 printed, 2 wrong usage. */
export async function run(args: readonly string[]): Promise<number> {
  if (args.length > 0) {
    const asked = args[0] === '--help'
    ;(asked ? console.log : console.error)(usage)
    return asked ? 0 : 2
  }
  const password = (await text(process.stdin)).replace(/\r?\n$/, '')
  if (password.length < 8) {
    console.error('a password has at least 8 characters')
    return 2
  }
  console.log(await hashPassword(password))
  return 0
}
