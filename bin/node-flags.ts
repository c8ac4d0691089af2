// V8's flags and malloc's settings for each program: they count only at its start, so whoever starts a program must give them.

/**
 * edge: small memory before speed (docs/decisions/0006-gateway-memory.md). hub: a large young generation, because at
 * full load most objects die at once and copying them costs more than the memory.
 */
export const nodeFlags = {
  edge: ['--optimize-for-size', '--max-semi-space-size=1'],
  hub: ['--max-semi-space-size=64'],
  field: [],
} as const satisfies Readonly<Record<string, readonly string[]>>

/**
 * Added to the environment. edge: one heap of glibc's malloc for all threads, and what is free at its end given back: 3 MB.
 * Another libc does not know them.
 */
export const nodeEnvironment = {
  edge: { MALLOC_ARENA_MAX: '1', MALLOC_TRIM_THRESHOLD_: '65536' },
  hub: {},
  field: {},
} as const satisfies Readonly<Record<keyof typeof nodeFlags, Readonly<Record<string, string>>>>
