// Chains of certificates: read out of PEM, and followed from an end certificate to what is trusted.
import { X509Certificate } from 'node:crypto'
import { AppError } from '../../broker/contract/app-error.ts'

/** Was this certificate issued under one of the anchors, by way of those `between`, in any order? Dates are not looked at. */
export function isUnder(
  certificate: X509Certificate,
  anchors: readonly X509Certificate[],
  between: readonly X509Certificate[] = [],
): boolean {
  let current = certificate
  const issued = (by: X509Certificate): boolean => current.checkIssued(by) && current.verify(by.publicKey)
  for (let step = 0; step <= between.length; step += 1) {
    if (anchors.some(issued)) return true
    const next = between.find(issued)
    if (next === undefined) return false
    current = next
  }
  return false
}

const pemCertificate = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g

/** The certificates of a PEM text. Throws `identity.invalid` where there is none, naming it as `what`. */
export function parseCertificates(pem: string, what: string): readonly [X509Certificate, ...X509Certificate[]] {
  try {
    const [first = '', ...rest] = pem.match(pemCertificate) ?? []
    return [new X509Certificate(first), ...rest.map((one) => new X509Certificate(one))]
  } catch (thrown) {
    throw new AppError('identity.invalid', `The ${what} is not a PEM certificate`, { cause: thrown })
  }
}
