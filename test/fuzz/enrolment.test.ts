// What a stranger sends to the enrolment door, and what a hub that is none answers a gateway.
import { certificatesOf, certificatesOnly, createRequest, readRequest } from '../../provisioning/certificate-request.ts'
import { createCaCertificate } from '../../provisioning/ca-certificates.ts'
import { generateKeyPair } from '../../provisioning/certificates.ts'
import { readClaimTable } from '../../provisioning/claims/claim-table.ts'
import { readClaimText, writeClaimText } from '../../provisioning/est/claim-text.ts'
import { describeFuzz } from './parser-fuzz.ts'

const identity = { tenant: 'kimitsu', gateway: 'paddy-7' }
const keys = await generateKeyPair()
const request = Buffer.from(await createRequest(keys, identity))
const certificates = Buffer.from(certificatesOnly([await createCaCertificate(keys, Date.UTC(2026, 10, 23))]))
const label = writeClaimText({
  hub: 'hub.example:8444',
  caHash: 'A'.repeat(43),
  claim: '0'.repeat(8),
  secret: 'z'.repeat(26),
  identity,
})
const hex = (text: string): Buffer => Buffer.from(text, 'hex')
const tokens = [
  '3080',
  '308200',
  '3082ffff',
  '30848fffffff',
  '0603551d11',
  '2a8648ce3d0201',
  '0000',
  'a08200',
  '0382',
].map(hex)

describeFuzz({
  name: 'A certificate request (PKCS #10)',
  codes: ['identity.invalid'],
  tokens,
  valid: () => request,
  share: 0.1,
  parse: async (bytes) => void (await readRequest(bytes)),
})

describeFuzz({
  name: 'A bundle of certificates (PKCS #7)',
  codes: ['identity.invalid'],
  tokens,
  valid: () => certificates,
  share: 0.1,
  parse: async (bytes) => void certificatesOf(bytes),
})

describeFuzz({
  name: 'The text of a label',
  codes: ['identity.invalid'],
  tokens: ['musubi:enrol?', '&h=', '&h=a:99999&', '&g=', '%00', '?', '=', '/', '&&'].map((text) => Buffer.from(text)),
  valid: () => Buffer.from(label),
  parse: async (bytes) => void new URL(`https://${readClaimText(bytes.toString('utf8')).hub}`),
})

const table = Buffer.from(
  'ゲートウェイ,設置場所,プロファイル,期限\npaddy-1,小糸 3号田,paddy,2026-12-31\n"paddy-2","清和, 西",,\n',
)

describeFuzz({
  name: 'A table of claims',
  codes: ['config.invalid'],
  tokens: ['"', ',', '\n', '\r', '\t', ';', '﻿', '=', '2026年2月31日', 'gateway', '\0'].map((text) => Buffer.from(text)),
  valid: () => table,
  parse: async (bytes) => void readClaimTable(bytes, { tenant: 'kimitsu', nowMs: Date.parse('2026-11-23T00:00:00Z') }),
})
