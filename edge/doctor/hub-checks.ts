// Checks of the way to the hub: its name, the gateway's certificate, and a connection as the agent would make it.
import { lookup } from 'node:dns/promises'
import { readFile, stat } from 'node:fs/promises'
import { isIP } from 'node:net'
import { toAppError } from '../../broker/contract/app-error.ts'
import type { LocalizedText } from '../../broker/contract/documents.ts'
import type { Clock } from '../../broker/contract/ports.ts'
import { everyCommand, gatewayKey, sameGateway, topicOf } from '../../broker/contract/topics.ts'
import { matchGatewayCredentials } from '../../provisioning/identity/gateway-credentials.ts'
import type { GatewayConfig } from '../config.ts'
import { openConnection } from '../uplink/connection.ts'
import { type Finding, localized } from '../../broker/contract/finding.ts'

const dayMs = 86_400_000
/** Certificates are renewed at two thirds of 90 days; one with less than this left was not. */
const renewBeforeDays = 25

export async function checkName({ hub }: GatewayConfig, timeoutMs: number): Promise<Finding> {
  const check = 'dns'
  const host = new URL(hub.url).hostname.replace(/^\[|\]$/g, '')
  if (isIP(host) !== 0) return { state: 'ok', check, subject: host, seen: localized('アドレス指定', 'is an address') }
  try {
    const late = AbortSignal.timeout(timeoutMs)
    const { address } = await Promise.race([
      lookup(host),
      new Promise<never>((_, reject) => late.addEventListener('abort', () => reject(new Error('no answer')))),
    ])
    return { state: 'ok', check, subject: host, seen: localized(address, address) }
  } catch {
    return {
      state: 'fail',
      check,
      subject: host,
      seen: localized('名前を引けません', 'the name cannot be resolved'),
      advice: localized(
        'SIM・LAN がつながっているか、DNS サーバーと hub.url の綴りを確認',
        'check the SIM or LAN link, the DNS server, and the spelling of hub.url',
      ),
    }
  }
}

export interface Credentials {
  readonly ca: Buffer
  readonly certificate: Buffer
  readonly key: Buffer
}

/** The credentials come back when they can be used, so that the next check connects with them. */
export async function checkCertificate(
  { hub, identity }: GatewayConfig,
  nowMs: number,
): Promise<{ readonly findings: readonly Finding[]; readonly credentials: Credentials | undefined }> {
  const check = 'certificate'
  if (hub.ca === undefined || hub.certificate === undefined || hub.key === undefined) {
    return { findings: [], credentials: undefined }
  }
  const subject = hub.certificate
  const renew = localized(
    '新しい証明書を発行: musubi ca issue gateway …(ハブ側)',
    'issue a new one at the hub: musubi ca issue gateway …',
  )
  try {
    const [ca, certificate, key] = await Promise.all([readFile(hub.ca), readFile(hub.certificate), readFile(hub.key)])
    const pems = { caPem: ca.toString(), certificatePem: certificate.toString(), keyPem: key.toString() }
    const { identity: proven, expiry, notAfterMs } = matchGatewayCredentials(pems, nowMs)
    const findings: Finding[] = []
    const days = Math.floor((notAfterMs - nowMs) / dayMs)
    const isForeign = !sameGateway(proven, identity)
    if (isForeign) {
      const [has, wants] = [gatewayKey(proven), gatewayKey(identity)]
      const seen = localized(`${has} 用です(設定は ${wants})`, `is for ${has}, the configuration is for ${wants}`)
      findings.push({ state: 'fail', check, subject, seen, advice: renew })
    } else if (expiry !== undefined) {
      const seen = localized(`有効期間外です: ${expiry}`, expiry)
      findings.push({ state: 'fail', check, subject, seen, advice: renew })
    } else {
      const state = days < renewBeforeDays ? 'warn' : 'ok'
      const seen = localized(`有効期限まで ${days} 日`, `valid for ${days} days more`)
      findings.push({ state, check, subject, seen, ...(state === 'warn' ? { advice: renew } : {}) })
    }
    if (((await stat(hub.key)).mode & 0o077) !== 0) {
      const seen = localized('鍵を他の利用者が読めます', 'the key can be read by other users')
      findings.push({
        state: 'warn',
        check,
        subject: hub.key,
        seen,
        advice: localized(`chmod 600 ${hub.key}`, `chmod 600 ${hub.key}`),
      })
    }
    return { findings, credentials: isForeign ? undefined : { ca, certificate, key } }
  } catch (error) {
    const reason = toAppError(error, 'identity.invalid').message
    const seen = localized(`使えません: ${reason}`, reason)
    return { findings: [{ state: 'fail', check, subject, seen, advice: renew }], credentials: undefined }
  }
}

/**
 * Connects and subscribes as the agent does, without a will, and leaves again. Never while the agent runs: a second
 * connection of the same gateway would end the agent's.
 */
export async function checkHub(
  { hub, identity }: GatewayConfig,
  {
    credentials,
    clock,
    timeoutMs,
  }: { readonly credentials: Credentials | undefined; readonly clock: Clock; readonly timeoutMs: number },
): Promise<Finding> {
  const check = 'hub'
  const subject = hub.url
  const startedMs = clock.monotonic()
  const { ca, certificate, key } = { ca: undefined, certificate: undefined, key: undefined, ...credentials }
  try {
    const connection = await openConnection(
      {
        hub: { url: hub.url, ca, certificate, key },
        clientId: gatewayKey(identity),
        keepaliveS: 30,
        timeoutMs,
        will: undefined,
        subscribe: [topicOf(identity, 'ack'), everyCommand(identity)],
        tlsSession: undefined,
        clock,
      },
      { onMessage: () => undefined, onTlsSession: () => undefined, onClose: () => undefined },
    )
    const tookMs = Math.round(clock.monotonic() - startedMs)
    await connection.end()
    return {
      state: 'ok',
      check,
      subject,
      seen: localized(`接続できました (${tookMs} ms)`, `connected in ${tookMs} ms`),
    }
  } catch (thrown) {
    const error = toAppError(thrown, 'uplink.refused')
    return {
      state: 'fail',
      check,
      subject,
      seen: localized(`接続できません: ${error.message}`, error.message),
      advice: hubAdvice(error),
    }
  }
}

function hubAdvice(error: Error): LocalizedText {
  const text = `${error.message} ${error.cause instanceof Error ? `${error.cause.message} ${String((error.cause as NodeJS.ErrnoException).code)}` : ''}`
  if (text.includes('ECONNREFUSED')) {
    return localized('ハブが動いているか、ポート番号を確認', 'check that the hub runs, and its port')
  }
  if (/EHOSTUNREACH|ENETUNREACH|ETIMEDOUT|did not answer/.test(text)) {
    return localized('回線と、ポート 8883 をふさぐファイアウォールを確認', 'check the link, and firewalls on port 8883')
  }
  if (/certificate|self.signed|altname|CERT/i.test(text)) {
    return localized(
      'ca.cert.pem がこのハブのものか、時刻が正しいかを確認',
      'check that the CA file is this hub’s, and the clock',
    )
  }
  return localized(
    'ハブがこのゲートウェイの証明書を失効させていないか、ハブの /metrics と記録を確認',
    "look at the hub's log: it may have revoked this gateway's certificate",
  )
}
