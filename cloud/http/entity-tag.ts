// The tags of what several people change: a save over what somebody else has saved meanwhile is refused, not lost.
import { Type } from 'typebox'

/** `If-Match` of a route that replaces what has revisions. */
export const IfMatch = Type.Optional(
  Type.String({ description: 'The ETag of what is replaced; `*`: whichever there is' }),
)

/** RFC 9110 section 8.8.3: the revision in quotes. */
export function entityTag(revision: number): string {
  return `"${revision}"`
}

/** The revision that an `If-Match` names (RFC 9110 section 13.1.1). NaN: no tag of ours, so none that there could be. */
export function taggedRevision(tag: string): number | 'any' {
  if (tag.trim() === '*') return 'any'
  const revision = /^"(\d+)"$/.exec(tag.trim())?.[1]
  return revision === undefined ? Number.NaN : Number(revision)
}
