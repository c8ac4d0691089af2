// A table of gateways, as offices write it, becomes claims: all or nothing, every fault at once, the same table again changes nothing.
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { systemClock, type Clock } from '../../broker/contract/ports.ts'
import { importClaims, type ImportRequest } from '../../provisioning/claims/import-claims.ts'
import { paperOf } from '../../provisioning/claims/label-papers.ts'
import { claimsOfSheet } from '../../provisioning/claims/label-sheet.ts'
import { EnrolmentStore } from '../../provisioning/est/enrolment-store.ts'

const musubi = fileURLToPath(new URL('../../bin/musubi.ts', import.meta.url))
const program = promisify(execFile)
const dayMs = 86_400_000
const header = 'gateway,site,profile'
let folder: string
let store: EnrolmentStore
let nowMs: number
const clock: Clock = { ...systemClock, now: () => nowMs }

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'musubi-import-'))
  nowMs = Date.parse('2026-11-23T10:00:00+09:00')
  store = new EnrolmentStore(folder, clock)
})

afterEach(async () => {
  store.close()
  await rm(folder, { recursive: true })
})

const sheetFile = (name = 'labels.pdf') => join(folder, name)

const load = (table: string | Uint8Array, more?: Partial<ImportRequest>, labels?: string) =>
  importInto(store, table, more, labels)

function importInto(
  into: EnrolmentStore,
  table: string | Uint8Array,
  more: Partial<ImportRequest> = {},
  labels = sheetFile(),
) {
  return importClaims(into, {
    table: typeof table === 'string' ? new TextEncoder().encode(table) : table,
    tenant: 'kimitsu',
    hub: 'hub.example.jp:8444',
    caHash: 'A'.repeat(43),
    nowMs,
    expiresMs: nowMs + 30 * dayMs,
    reissue: false,
    isCertified: () => false,
    labels: { file: labels, sheet: { paper: paperOf('a4-24'), skip: 0, offsetMm: [0, 0] } },
    ...more,
  })
}

/** The lines of the refusal, without its first. */
async function faultsOf(table: string | Uint8Array, more: Partial<ImportRequest> = {}): Promise<readonly string[]> {
  const error = await load(table, more).then(
    () => new Error('it was taken'),
    (thrown: unknown) => thrown as Error,
  )
  expect(error).toMatchObject({ code: 'config.invalid' })
  expect(store.claims()).toEqual([])
  expect(store.auditTrail(1)).toEqual([])
  await expect(stat(sheetFile())).rejects.toThrow('ENOENT')
  return error.message.split('\n').slice(1)
}

const keys = () => store.claims().map(({ identity }) => `${identity.tenant}/${identity.gateway}`)

describe('a table that is right', () => {
  it('becomes a claim and a label for each row', async () => {
    const plan = await load(
      `${header},tenant,expiry\npaddy-1,小糸 3号田,paddy,,2026/12/31\nlamp-1,"駅前, 北口",lamp,chiba,\n`,
    )
    expect(plan.create).toHaveLength(2)
    expect(store.claims()).toMatchObject([
      { identity: { tenant: 'chiba', gateway: 'lamp-1' }, site: '駅前, 北口', expiresMs: nowMs + 30 * dayMs },
      { identity: { tenant: 'kimitsu', gateway: 'paddy-1' }, expiresMs: Date.parse('2026-12-31T23:59:59+09:00') },
    ])
    const sheet = await readFile(sheetFile())
    expect(claimsOfSheet(sheet)?.toSorted()).toEqual(
      store
        .claims()
        .map(({ id }) => id)
        .toSorted(),
    )
    expect((await stat(sheetFile())).mode & 0o777).toBe(0o600)
    expect(store.auditTrail(2)).toMatchObject([
      { action: 'claim', outcome: 'made', subject: 'chiba/lamp-1' },
      { action: 'claim', outcome: 'made', subject: 'kimitsu/paddy-1' },
    ])
  })

  it('may have Japanese headings in any width, tabs or semicolons, Windows line ends, a note and empty rows', async () => {
    await load('ゲートウェイ\t設置場所\tﾌﾟﾛﾌｧｲﾙ\t備考\r\npaddy-1\t小糸\tpaddy\t=1+1\r\n\t\t\t\r\n\r\n')
    await load('Gateway;Site;PROFILE\rpaddy-2;小糸;\r', {}, sheetFile('second.pdf'))
    expect(keys()).toEqual(['kimitsu/paddy-1', 'kimitsu/paddy-2'])
  })

  it('may be UTF-8 with a byte-order mark, or the Unicode text of Excel', async () => {
    await load(Buffer.from(`﻿${header}\npaddy-1,小糸,\n`))
    await load(
      Buffer.from(`﻿${header.replaceAll(',', '\t')}\npaddy-2\t小糸\t\n`, 'utf16le'),
      {},
      sheetFile('second.pdf'),
    )
    expect(store.claims().map(({ site }) => site)).toEqual(['小糸', '小糸'])
  })

  it('may be Shift_JIS with the characters that only Windows has, as Excel in Japan writes it', async () => {
    // 設置場所 … ①号田 髙﨑 ～ in CP932, as an independent converter makes it.
    const text = `gateway,設置場所,profile\r\npaddy-1,①号田 髙﨑～,\r\n`
    const file = join(folder, 'utf-8.csv')
    await writeFile(file, text)
    const { stdout } = await program('iconv', ['-f', 'UTF-8', '-t', 'CP932', file], { encoding: 'buffer' })
    await load(stdout)
    expect(store.claims()[0]?.site).toBe('①号田 髙﨑～')
  })

  it('may have 10,000 rows', async () => {
    const rows = Array.from({ length: 10_000 }, (_, index) => `gateway-${index},${index}番地,`)
    expect((await load(`${header}\n${rows.join('\n')}\n`, { labels: undefined })).create).toHaveLength(10_000)
    const wrong = await faultsOf(`${header}\n${rows.join('\n').replaceAll('gateway', 'Gateway')}\n`)
    expect(wrong).toHaveLength(10_000)
  })
})

describe('a table with faults', () => {
  it('is refused whole, each fault with its line, its column and a right value', async () => {
    const faults = await faultsOf(
      [
        'gateway,設置場所,profile,期限',
        'Paddy_1,小糸,,',
        'ｐａｄｄｙ－２,小糸,,',
        ',小糸,,',
        'paddy-4,=HYPERLINK("http://x"),,',
        'paddy-5,＠小糸,,',
        `paddy-6,${'田'.repeat(41)},,`,
        '"paddy-7","小\n糸",,',
        'paddy-8,小糸,Paddy field,',
        'paddy-9,小糸,,2026-02-31',
        'paddy-10,小糸,,2026-11-22',
        'paddy-11,小糸,,2028年1月1日',
        'paddy-12,小糸,,,5',
        'paddy-13,小糸𓀀,,',
        'paddy-14,小糸,,',
        'paddy-14,小糸,,',
      ].join('\n'),
    )
    expect(faults.map((fault) => fault.trim())).toEqual([
      'line 2, gateway: "Paddy_1" must be 1 to 32 of a-z, 0-9 and -; right: paddy-1',
      'line 3, gateway: "ｐａｄｄｙ－２" must be 1 to 32 of a-z, 0-9 and -; right: paddy-2',
      'line 4, gateway: is missing; right: paddy-1',
      expect.stringContaining('line 5, 設置場所: "=HYPERLINK("http://x")" begins like a formula'),
      expect.stringContaining('line 6, 設置場所: "＠小糸" begins like a formula'),
      'line 7, 設置場所: has 41 characters, at most 40 fit on a label; right: 小糸 3号田',
      expect.stringContaining('line 9, 設置場所: "小�糸" has a line break'),
      expect.stringContaining('line 10, profile: "Paddy field" must be'),
      'line 11, 期限: "2026-02-31" is no date; right: 2026-12-23',
      'line 12, 期限: 2026-11-22 has passed; right: 2026-12-23',
      'line 13, 期限: 2028年1月1日 is more than 365 days away; right: 2026-12-23',
      expect.stringContaining('line 14: has 5 cells below 4 headings'),
      expect.stringContaining('line 17: names kimitsu/paddy-14 again, which is in line 16'),
    ])
  })

  it('is refused for what its labels cannot show', async () => {
    expect(await faultsOf(`${header}\npaddy-13,小糸𓀀,\n`)).toEqual([
      "  line 2, site: the label's font has no 𓀀; write the site without",
    ])
  })

  it('is told which columns there are', async () => {
    const faults = await faultsOf('gatway,site,site\npaddy-1,a,b\n', { tenant: undefined })
    expect(faults).toHaveLength(5)
    expect(faults[0]).toContain(
      'line 1, gatway: is no column that is known; known: gateway / ゲートウェイ, site / 設置場所',
    )
    expect(faults[1]).toContain('line 1, site: is there twice')
    expect(faults.slice(2).join()).toMatch(/no column gateway.*no column profile.*no column tenant .*--tenant/)
  })

  it('is refused where it is empty, no text, or no CSV', async () => {
    await expect(load('')).rejects.toThrow('the table is empty')
    await expect(load(`${header}\n,,\n`)).rejects.toThrow('no row below its headings')
    await expect(load(Uint8Array.from([0x81, 0x20, 0xff, 0xff]))).rejects.toThrow('neither UTF-8 nor Shift_JIS')
    await expect(load(`${header}\npaddy-1,"小糸,\n`)).rejects.toThrow(/line \d: is no CSV/)
    await expect(load(new Uint8Array(9 * 1024 * 1024))).rejects.toThrow('at most')
    expect(store.claims()).toEqual([])
  })
})

describe('the same table again', () => {
  const table = `${header}\npaddy-1,小糸,\npaddy-2,清和,\n`
  const use = (gateway: string, secret: string) => store.useClaim(gateway, secret, 'key')

  it('changes nothing, whether claims are open, used or expired', async () => {
    await load(table)
    const [first, second] = store.claims()
    const sheet = await readFile(sheetFile())
    expect(await load(table)).toMatchObject({ create: [], open: ['kimitsu/paddy-1', 'kimitsu/paddy-2'] })
    const [made] = store.createClaims([{ ...first!, site: '小糸' }])
    expect(use(made!.id, made!.secret)).toMatchObject({ kind: 'granted' })
    nowMs += 40 * dayMs
    const plan = await load(table)
    expect(plan).toMatchObject({ create: [], open: [], enrolled: ['kimitsu/paddy-1'], expired: ['kimitsu/paddy-2'] })
    expect(store.claims().map(({ id }) => id)).toEqual([made!.id, second!.id])
    expect(await readFile(sheetFile())).toEqual(sheet)
  })

  it('with rows added makes claims for those alone, on a sheet of their own', async () => {
    await load(table)
    const [kept] = store.claims()
    await expect(load(`${table}paddy-3,小櫃,\n`)).rejects.toThrow('has labels of open claims')
    expect(store.claims()).toHaveLength(2)
    await load(`${table}paddy-3,小櫃,\n`, {}, sheetFile('more.pdf'))
    expect(store.claims()).toHaveLength(3)
    expect(store.claims()[0]?.id).toBe(kept?.id)
    expect(claimsOfSheet(await readFile(sheetFile('more.pdf')))).toEqual([store.claims()[2]?.id])
  })

  it('with another site says so and changes nothing until new labels are asked for', async () => {
    await load(table)
    const before = store.claims()
    const changed = table.replace('清和', '清和市場')
    await expect(load(changed)).rejects.toThrow(
      'line 3: kimitsu/paddy-2 has an open claim with the site "清和"; write the same, or give --reissue',
    )
    expect(store.claims()).toEqual(before)
    // Not over the old sheet, whose labels are good until the new ones are.
    await load(changed, { reissue: true }, sheetFile('new.pdf'))
    expect(store.claims().map(({ site }) => site)).toEqual(['小糸', '清和市場'])
    expect(store.claims().every(({ id }) => before.every((one) => one.id !== id))).toBe(true)
    // And now they are void, and their sheet may go.
    await load(`${table}paddy-4,小櫃,\n`.replace('清和', '清和市場'))
    expect(claimsOfSheet(await readFile(sheetFile()))).toHaveLength(1)
  })

  it('never touches a gateway that is enrolled, not even to make new labels', async () => {
    const plan = await load(table, { isCertified: ({ gateway }) => gateway === 'paddy-1', reissue: true })
    expect(plan).toMatchObject({ enrolled: ['kimitsu/paddy-1'], create: [{ identity: { gateway: 'paddy-2' } }] })
    expect(keys()).toEqual(['kimitsu/paddy-2'])
  })

  it('only looks where no labels are asked for', async () => {
    expect((await load(table, { labels: undefined })).create).toHaveLength(2)
    expect(store.claims()).toEqual([])
  })
})

describe('labels and claims', () => {
  const table = `${header}\npaddy-1,小糸,\n`

  it('are never one without the other: where the sheet cannot be written, no claim is made', async () => {
    await expect(load(table, {}, join(folder, 'absent', 'labels.pdf'))).rejects.toMatchObject({
      code: 'store.unavailable',
    })
    expect(store.claims()).toEqual([])
  })

  it('of an import that a power cut ended before its claims were saved are replaced by the next one', async () => {
    const lost = await mkdtemp(join(tmpdir(), 'musubi-lost-'))
    const elsewhere = new EnrolmentStore(lost, clock)
    await importInto(elsewhere, table)
    elsewhere.close()
    await rm(lost, { recursive: true })
    await writeFile(`${sheetFile()}.new`, 'half a sheet')
    await load(table)
    expect(claimsOfSheet(await readFile(sheetFile()))).toEqual(store.claims().map(({ id }) => id))
  })

  it('are on the disk before a claim is valid, wherever the import is killed', { timeout: 120_000 }, async () => {
    const rows = Array.from({ length: 300 }, (_, index) => `gateway-${index},${index}番地,`)
    const data = join(folder, 'hub')
    const csv = join(folder, 'table.csv')
    await writeFile(csv, `${header}\n${rows.join('\n')}\n`)
    const flags = ['--data', data, '--tenant', 'kimitsu', '--hub', 'hub.example.jp:8444', '--labels', sheetFile()]
    // While the sheet is drawn, and as soon as it has its name: the claims are saved right after.
    for (const stage of [`${sheetFile()}.new`, sheetFile()]) {
      const child = spawn(process.execPath, [musubi, 'claim', 'import', csv, ...flags], { stdio: 'ignore' })
      const ended = once(child, 'exit')
      while (!existsSync(stage) && child.exitCode === null) await setImmediate()
      child.kill('SIGKILL')
      await ended
      const after = new EnrolmentStore(join(data, 'authority'), clock)
      const ids = after.claims().map(({ id }) => id)
      after.close()
      const printed = new Set(existsSync(sheetFile()) ? claimsOfSheet(await readFile(sheetFile())) : [])
      expect(ids.every((id) => printed.has(id))).toBe(true)
      expect([0, 300]).toContain(ids.length)
    }
    const again = await program(process.execPath, [musubi, 'claim', 'import', csv, ...flags])
    expect(again.stdout).toMatch(/^(300 claims made|0 claims made\n300 have an open claim)/)
  })

  it('never write over a file that is no sheet', async () => {
    await writeFile(sheetFile(), 'minutes of a meeting')
    await expect(load(table)).rejects.toThrow('is another file')
    expect(await readFile(sheetFile(), 'utf8')).toBe('minutes of a meeting')
    expect(store.claims()).toEqual([])
  })

  it('are refused where somebody else made a claim while they were drawn', async () => {
    const save = store.saveClaims.bind(store)
    store.saveClaims = (drafts, check) => {
      save(drafts.map((draft) => ({ ...draft, id: 'aaaaaaaa' })))
      save(drafts, check)
    }
    await expect(load(table)).rejects.toThrow('claims have changed meanwhile')
    expect(store.claims()).toMatchObject([{ id: 'aaaaaaaa' }])
    await expect(stat(sheetFile())).rejects.toThrow('ENOENT')
  })
})
