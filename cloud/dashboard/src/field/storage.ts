// What the phone keeps: drafts, what waits to be sent, what was sent, and facts of the hub for places without network.
import { type DBSchema, type IDBPDatabase, openDB } from 'idb'
import type { Draft } from './draft.ts'
import type { Facts } from './facts.ts'
import type { Waiting } from './sender.ts'

/** What the hub has, for the engineer's own list. */
export interface Sent {
  readonly id: string
  readonly gateway: string
  readonly name: string
  readonly sentMs: number
}

interface Schema extends DBSchema {
  drafts: { key: string; value: Draft }
  waiting: { key: string; value: Waiting }
  sent: { key: string; value: Sent }
  facts: { key: string; value: Facts | string }
}

/** Bound: what was sent. Overflow: the oldest is forgotten; the hub has it. Owner: this storage. */
const mostSent = 20

export interface FieldStorage {
  drafts(): Promise<readonly Draft[]>
  saveDraft(draft: Draft): Promise<void>
  discardDraft(id: string): Promise<void>
  waiting(): Promise<readonly Waiting[]>
  saveWaiting(waiting: Waiting): Promise<void>
  sent(): Promise<readonly Sent[]>
  /** The draft goes and the report waits, both or neither. */
  signOff(draft: Draft, waiting: Waiting): Promise<void>
  /** The report becomes a draft again, both or neither. */
  reopen(waiting: Waiting, draft: Draft): Promise<void>
  /** The report is at the hub. */
  moveToSent(waiting: Waiting, sentMs: number): Promise<void>
  facts(): Promise<Facts | undefined>
  saveFacts(facts: Facts): Promise<void>
  /** A word that is offered again next time: the engineer's name, the gateway's address. */
  word(key: 'engineer' | 'address'): Promise<string>
  saveWord(key: 'engineer' | 'address', word: string): Promise<void>
}

/** Rejects where the browser keeps nothing. */
export async function openStorage(): Promise<FieldStorage> {
  const database = await openDB<Schema>('musubi-field', 1, {
    upgrade(fresh) {
      fresh.createObjectStore('drafts', { keyPath: 'id' })
      fresh.createObjectStore('waiting', { keyPath: 'id' })
      fresh.createObjectStore('sent', { keyPath: 'id' })
      fresh.createObjectStore('facts')
    },
  })
  // Asked for, not needed: without it a full phone may throw away what waits.
  void navigator.storage?.persist?.().catch(() => undefined)
  return storageOf(database)
}

function storageOf(database: IDBPDatabase<Schema>): FieldStorage {
  return {
    drafts: async () => (await database.getAll('drafts')).toSorted((a, b) => b.changedMs - a.changedMs),
    saveDraft: async (draft) => void (await database.put('drafts', draft)),
    discardDraft: (id) => database.delete('drafts', id),
    waiting: async () => (await database.getAll('waiting')).toSorted((a, b) => a.signedOffMs - b.signedOffMs),
    saveWaiting: async (waiting) => void (await database.put('waiting', waiting)),
    sent: async () => (await database.getAll('sent')).toSorted((a, b) => b.sentMs - a.sentMs),
    async signOff(draft, waiting) {
      const transaction = database.transaction(['drafts', 'waiting'], 'readwrite', { durability: 'strict' })
      await Promise.all([
        transaction.objectStore('waiting').put(waiting),
        transaction.objectStore('drafts').delete(draft.id),
        transaction.done,
      ])
    },
    async reopen(waiting, draft) {
      const transaction = database.transaction(['drafts', 'waiting'], 'readwrite', { durability: 'strict' })
      await Promise.all([
        transaction.objectStore('drafts').put(draft),
        transaction.objectStore('waiting').delete(waiting.id),
        transaction.done,
      ])
    },
    async moveToSent({ id, gateway, name }, sentMs) {
      const transaction = database.transaction(['waiting', 'sent'], 'readwrite')
      const store = transaction.objectStore('sent')
      await Promise.all([transaction.objectStore('waiting').delete(id), store.put({ id, gateway, name, sentMs })])
      const all = (await store.getAll()).toSorted((a, b) => b.sentMs - a.sentMs)
      await Promise.all([...all.slice(mostSent).map((old) => store.delete(old.id)), transaction.done])
    },
    async facts() {
      const found = await database.get('facts', 'hub')
      return typeof found === 'object' ? found : undefined
    },
    saveFacts: async (facts) => void (await database.put('facts', facts, 'hub')),
    async word(key) {
      const found = await database.get('facts', key)
      return typeof found === 'string' ? found : ''
    },
    saveWord: async (key, word) => void (await database.put('facts', word, key)),
  }
}
