// The words and bounds of desired state: known to the gateway, to the schemas and to the hub, and free of any library.

/** What a set is made of. agent: the program of the gateway itself. */
export const artefactKinds = ['config', 'profile', 'model', 'flow', 'agent'] as const
export type ArtefactKind = (typeof artefactKinds)[number]

/**
 * What became of an item. applied: it runs and has passed its probation. applied-after-retry: the same, but something had to be done
 * twice. refused: it never ran. rolled-back: it ran and did not do well; what ran before runs again. cannot-roll-back: it did
 * not do well, and what ran before could not be started either: the gateway runs on what it could.
 */
export const itemResults = ['applied', 'applied-after-retry', 'refused', 'rolled-back', 'cannot-roll-back'] as const
export type ItemResultName = (typeof itemResults)[number]

/** waiting: for its hours or for the next attempt. staging: fetched and checked. trial: it runs, on probation. done: see the results. */
export const desiredPhases = ['waiting', 'staging', 'trial', 'done'] as const
export type DesiredPhase = (typeof desiredPhases)[number]

export const deploymentLimits = {
  items: 64,
  /** Of one artefact. */
  artefactBytes: 256 * 2 ** 20,
  /** Characters of the signed text of a document. */
  documentText: 200_000,
  /** Characters of a reason. */
  message: 1_000,
  probationS: { least: 5, most: 86_400 },
} as const

/** Where the hub has the artefact, on its HTTPS port for gateways. */
export function artefactPath(sha256: string): string {
  return `/artefacts/${sha256}`
}
