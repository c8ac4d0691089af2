// A certificate for servers on loopback, made by openssl for one run of tests.
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

export interface TestCertificate {
  readonly key: string
  readonly cert: string
}

/** Its own authority, for `localhost` and 127.0.0.1. */
export async function testCertificate(folder: string): Promise<TestCertificate> {
  const [keyFile, certFile] = [join(folder, 'test.key.pem'), join(folder, 'test.cert.pem')]
  const request = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2']
  const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1']
  await promisify(execFile)('openssl', [...request, ...names, '-keyout', keyFile, '-out', certFile])
  return { key: await readFile(keyFile, 'utf8'), cert: await readFile(certFile, 'utf8') }
}
