// What gateways and hubs tell each other in remote care, from whoever holds a connection: commands, results, logs, desired and reported state.
import { decodeDocument } from '../../broker/contract/checked-document.ts'
import { readCommand } from '../../broker/contract/command-codec.ts'
import { CommandResult } from '../../broker/contract/command.ts'
import { DesiredState, ReportedState, SignedDesiredState } from '../../broker/contract/desired-state.ts'
import { encodeDocument } from '../../broker/contract/document-codec.ts'
import { LogLines } from '../../broker/contract/log-lines.ts'
import { describeFuzz } from './parser-fuzz.ts'
import type { Random } from './seeded-random.ts'

const nowMs = Date.UTC(2026, 10, 23)
/** Documents are rare beside readings, and their schemas are slow to say no. */
const share = 0.2
const codes = ['payload.malformed', 'payload.schema', 'limit.exceeded'] as const
const tokens = ['9f', 'bf', 'ff', 'fb7ff8000000000000', '9affffffff', '5b7fffffffffffffff', '7f', 'a0', '617660'].map(
  (hex) => Buffer.from(hex, 'hex'),
)
const sha256 = (random: Random): string => Array.from({ length: 64 }, () => random.below(16).toString(16)).join('')
const encoded = (document: Readonly<Record<string, unknown>>) => Buffer.from(encodeDocument(document))

describeFuzz({
  name: 'A command',
  codes,
  share,
  tokens,
  valid: (random) =>
    encoded({
      v: 1,
      kind: random.pick(['doctor', 'frame', 'identify']),
      timeMs: nowMs,
      expiresMs: nowMs + random.below(600_000),
      arguments: { camera: 'gate', seconds: random.below(300), sure: true },
    }),
  parse: readCommand,
})

describeFuzz({
  name: 'The result of a command',
  codes,
  share,
  tokens,
  valid: (random) =>
    encoded({
      v: 1,
      state: random.pick(['done', 'accepted', 'refused', 'failed']),
      message: 'x'.repeat(random.below(500)),
      file: { name: 'a.json', type: 'application/json', bytes: random.below(1_000), sha256: sha256(random) },
      timeMs: nowMs,
    }),
  parse: (bytes) => decodeDocument(CommandResult, bytes),
})

describeFuzz({
  name: 'A part of a log',
  codes,
  share,
  tokens,
  valid: (random) =>
    encoded({
      v: 1,
      lines: Array.from({ length: random.below(8) }, () => `{"level":${random.below(60)}}`),
      dropped: random.below(9),
      ended: false,
    }),
  parse: (bytes) => decodeDocument(LogLines, bytes),
})

describeFuzz({
  name: 'A signed desired state',
  codes,
  share,
  tokens,
  valid: (random) =>
    encoded({ v: 1, document: '{}', keyId: sha256(random).slice(0, 16), signature: `${'A'.repeat(86)}==` }),
  parse: (bytes) => decodeDocument(SignedDesiredState, bytes),
})

describeFuzz({
  name: 'A desired state',
  codes,
  share,
  tokens: ['{', '}', '[', ']', ',', ':', '"', 'null', '1e999', '"items":', '\\u0000'].map((text) => Buffer.from(text)),
  valid: (random) =>
    Buffer.from(
      JSON.stringify({
        v: 1,
        gateway: 'kimitsu/paddy-1',
        revision: 1 + random.below(99),
        probationS: 60,
        items: [{ kind: 'model', id: 'a', version: '1.0.0', sha256: sha256(random), bytes: 1 + random.below(1_000) }],
      }),
    ),
  parse: (bytes) => decodeDocument(DesiredState, bytes),
})

describeFuzz({
  name: 'A reported state',
  codes,
  share,
  tokens,
  valid: () => encoded({ v: 1, timeMs: nowMs, running: { revision: 0, items: [] } }),
  parse: (bytes) => decodeDocument(ReportedState, bytes),
})
