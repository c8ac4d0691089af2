// What the phone keeps: the report that is being written, those that wait to be sent, and the links of those that were.
import { type DBSchema, openDB } from 'idb'
import type { Draft, OwnReport, WaitingReport } from './draft.ts'

interface Schema extends DBSchema {
  draft: { key: string; value: Draft }
  waiting: { key: string; value: WaitingReport }
  own: { key: string; value: OwnReport }
}

export interface CitizenStorage {
  draft(): Promise<Draft | undefined>
  saveDraft(draft: Draft | undefined): Promise<void>
  waiting(): Promise<readonly WaitingReport[]>
  saveWaiting(waiting: WaitingReport): Promise<void>
  own(): Promise<readonly OwnReport[]>
  saveOwn(own: OwnReport): Promise<void>
  forget(id: string): Promise<void>
  /** The draft goes and the report waits, both or neither. */
  sign(waiting: WaitingReport): Promise<void>
  /** The report is at the hub. */
  moveToOwn(own: OwnReport): Promise<void>
}

const only = 'only'
/** Bound: reports of which the phone knows the link. Overflow: the oldest is forgotten. Owner: this storage. */
const mostOwn = 50

/** Rejects where the browser keeps nothing. */
export async function openStorage(): Promise<CitizenStorage> {
  const database = await openDB<Schema>('musubi-citizen', 1, {
    upgrade(fresh) {
      fresh.createObjectStore('draft')
      fresh.createObjectStore('waiting', { keyPath: 'id' })
      fresh.createObjectStore('own', { keyPath: 'id' })
    },
  })
  const own = async () => (await database.getAll('own')).toSorted((a, b) => b.sentMs - a.sentMs)
  return {
    draft: () => database.get('draft', only),
    saveDraft: async (draft) =>
      void (draft === undefined ? await database.delete('draft', only) : await database.put('draft', draft, only)),
    waiting: async () => (await database.getAll('waiting')).toSorted((a, b) => a.signedMs - b.signedMs),
    saveWaiting: async (waiting) => void (await database.put('waiting', waiting)),
    own,
    saveOwn: async (one) => void (await database.put('own', one)),
    async forget(id) {
      await database.delete('waiting', id)
      await database.delete('own', id)
    },
    async sign(waiting) {
      const transaction = database.transaction(['draft', 'waiting'], 'readwrite', { durability: 'strict' })
      await Promise.all([
        transaction.objectStore('waiting').put(waiting),
        transaction.objectStore('draft').delete(only),
        transaction.done,
      ])
    },
    async moveToOwn(one) {
      const transaction = database.transaction(['waiting', 'own'], 'readwrite')
      await Promise.all([
        transaction.objectStore('waiting').delete(one.id),
        transaction.objectStore('own').put(one),
        transaction.done,
      ])
      for (const old of (await own()).slice(mostOwn)) await database.delete('own', old.id)
    },
  }
}

/** Where nothing can be kept: until the page is closed. */
export function passingStorage(): CitizenStorage {
  const waiting = new Map<string, WaitingReport>()
  const own = new Map<string, OwnReport>()
  let draft: Draft | undefined
  const done = Promise.resolve()
  return {
    draft: () => Promise.resolve(draft),
    saveDraft(next) {
      draft = next
      return done
    },
    waiting: () => Promise.resolve([...waiting.values()]),
    saveWaiting(one) {
      waiting.set(one.id, one)
      return done
    },
    own: () => Promise.resolve([...own.values()]),
    saveOwn(one) {
      own.set(one.id, one)
      return done
    },
    forget(id) {
      waiting.delete(id)
      own.delete(id)
      return done
    },
    sign(one) {
      draft = undefined
      waiting.set(one.id, one)
      return done
    },
    moveToOwn(one) {
      waiting.delete(one.id)
      own.set(one.id, one)
      return done
    },
  }
}
