// The public half of the key that signs the packages of this project's releases; every gateway trusts it.

/** Ed25519, PEM (SPKI). */
export const releaseKeyPem = `-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEAqA/q65yZpOQTTvETZk6He2pzNaU7vL4zYP+Mg3oeuYk=
-----END PUBLIC KEY-----
`
