// What the operating system says of a call that failed, by the name of its errno.

/** Whether it failed for one of these: `ENOENT`, `ENOSPC`, … (errno(3)). */
export function isSystemFault(thrown: unknown, ...codes: readonly string[]): boolean {
  return thrown instanceof Error && 'code' in thrown && codes.some((code) => thrown.code === code)
}
