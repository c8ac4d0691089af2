// V8's flags for each program: they count only on the command line, so whoever starts a program must give them.

/**
 * edge: small memory before speed (docs/decisions/0006-gateway-memory.md). hub: a large young generation, because at
 * full load most objects die at once and copying them costs more than the memory.
 */
export const nodeFlags = {
  edge: ['--optimize-for-size', '--max-semi-space-size=1'],
  hub: ['--max-semi-space-size=64'],
  field: [],
} as const satisfies Readonly<Record<string, readonly string[]>>
