// Reads the Musubi identity out of a certificate's subject alternative names, in the text form that Node gives them.
import { AppError } from '../broker/contract/app-error.ts'
import { parseIdentityUrn, type GatewayIdentity } from '../broker/contract/topics.ts'

/**
 * The one `urn:musubi:{tenant}:{gateway}` among comma-separated names such as `URI:urn:musubi:kimitsu:paddy-koito`.
 * Throws `identity.invalid` when there is none, more than one, or a malformed one. Node quotes a name that contains a
 * comma or a quote, so a name cannot smuggle a second entry in.
 */
export function identityOfSubjectAltName(names: string | undefined): GatewayIdentity {
  const urns = (names ?? '').split(', ').filter((name) => name.startsWith('URI:urn:musubi:'))
  const [urn, ...more] = urns
  if (urn === undefined || more.length > 0) {
    throw new AppError(
      'identity.invalid',
      `The certificate carries ${urns.length} Musubi identities; it needs exactly one`,
    )
  }
  return parseIdentityUrn(urn.slice('URI:'.length))
}
