// The public half of the key that signs the packages of this project's releases; every gateway trusts it.

/** Ed25519, PEM (SPKI). */
export const releaseKeyPem = `-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEA9t4zAdCPm91MvJCDYYLlNYxavU/At/OdaPVbfxZlOOU=
-----END PUBLIC KEY-----
`
