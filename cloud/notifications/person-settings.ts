// What people said about how they want to be told, and the addresses that they gave for it.
import { createHash } from 'node:crypto'
import { Value } from 'typebox/value'
import { AppError } from '../../broker/contract/app-error.ts'
import type { Clock } from '../../broker/contract/ports.ts'
import type { HubDatabase, HubTransaction } from '../registry/hub-database.ts'
import type { PushSubscription } from './channels/web-push-channel.ts'
import type { Recipient } from './notice.ts'
import { defaultPreferences, Preferences, type PersonChannel } from './preferences.ts'

export interface KnownSubscription extends PushSubscription {
  readonly id: string
  readonly label: string
  readonly createdMs: number
}

export interface NewSubscription extends PushSubscription {
  /** Absent: the one that it had. */
  readonly label?: string | undefined
  /** Id of the subscription that the same browser had before. */
  readonly replaces?: string | undefined
}

/** Targets of each channel that a person can be reached by. */
export type Addresses = Readonly<Record<PersonChannel, readonly string[]>>

/** Bound: browsers of one person. Overflow: the oldest goes. */
const maxSubscriptions = 10

export class PersonSettings {
  readonly #database: HubDatabase
  readonly #clock: Clock

  constructor({ database, clock }: { readonly database: HubDatabase; readonly clock: Clock }) {
    this.#database = database
    this.#clock = clock
  }

  /** As saved, or what suits the person's role. */
  async preferences(recipient: Recipient): Promise<{ readonly preferences: Preferences; readonly isSaved: boolean }> {
    const row = await this.#database
      .selectFrom('notification_preferences')
      .select('document')
      .where('person', '=', recipient.id)
      .executeTakeFirst()
    const saved = row === undefined ? undefined : preferencesOf(row.document)
    return { preferences: saved ?? defaultPreferences(recipient), isSaved: saved !== undefined }
  }

  /** Of everybody, with one question: preferences as saved, else what suits their role. */
  async allPreferences(): Promise<(recipient: Recipient) => Preferences> {
    const rows = await this.#database.selectFrom('notification_preferences').select(['person', 'document']).execute()
    const documents = new Map(rows.map(({ person, document }) => [person, document]))
    return (recipient) => {
      const document = documents.get(recipient.id)
      return (document === undefined ? undefined : preferencesOf(document)) ?? defaultPreferences(recipient)
    }
  }

  async savePreferences(person: string, preferences: Preferences): Promise<void> {
    const row = { person, document: JSON.stringify(preferences), updated_ms: this.#clock.now() }
    const { document, updated_ms } = row
    await this.#database
      .insertInto('notification_preferences')
      .values(row)
      .onConflict((conflict) => conflict.column('person').doUpdateSet({ document, updated_ms }))
      .execute()
  }

  async addresses(recipient: Pick<Recipient, 'id' | 'email'>): Promise<Addresses> {
    const push = await this.subscriptions(recipient.id)
    const line = await this.#database
      .selectFrom('channel_addresses')
      .select('address')
      .where('person', '=', recipient.id)
      .where('channel', '=', 'line')
      .execute()
    return {
      push: push.map(({ id }) => id),
      line: line.map(({ address }) => address),
      email: recipient.email === undefined ? [] : [recipient.email],
    }
  }

  async saveAddress(person: string, channel: 'line', address: string | undefined): Promise<void> {
    if (address === undefined) {
      await this.#database
        .deleteFrom('channel_addresses')
        .where('person', '=', person)
        .where('channel', '=', channel)
        .execute()
      return
    }
    const row = { person, channel, address, updated_ms: this.#clock.now() }
    await this.#database
      .insertInto('channel_addresses')
      .values(row)
      .onConflict((conflict) =>
        conflict.columns(['person', 'channel']).doUpdateSet({ address, updated_ms: row.updated_ms }),
      )
      .execute()
  }

  async subscriptions(person: string): Promise<readonly KnownSubscription[]> {
    const rows = await this.#database
      .selectFrom('push_subscriptions')
      .selectAll()
      .where('person', '=', person)
      .orderBy('created_ms')
      .orderBy('id')
      .execute()
    return rows.map(({ id, endpoint, p256dh, auth, label, created_ms }) => ({
      id,
      endpoint,
      p256dh,
      auth,
      label,
      createdMs: created_ms,
    }))
  }

  /**
   * Idempotent: a browser has one subscription, which belongs to whoever subscribed last. Throws `notification.address` where
   * it is another person's and the keys are not the browser's own: only the browser itself has them.
   */
  async subscribe(person: string, given: NewSubscription): Promise<KnownSubscription> {
    const { endpoint, p256dh, auth, replaces } = given
    const id = createHash('sha256').update(endpoint).digest('hex').slice(0, 32)
    const createdMs = this.#clock.now()
    return await this.#database.transaction().execute(async (transaction) => {
      const [known, earlier] = await Promise.all([found(transaction, id), found(transaction, replaces ?? '')])
      const isSame = known === undefined || (known.p256dh === p256dh && known.auth === auth)
      if (!isSame && known.person !== person) {
        throw new AppError('notification.address', 'this browser is subscribed with other keys')
      }
      const own = earlier?.person === person && earlier.id !== id ? earlier : undefined
      const label = given.label ?? own?.label ?? known?.label ?? ''
      if (own !== undefined) await transaction.deleteFrom('push_subscriptions').where('id', '=', own.id).execute()
      await transaction
        .insertInto('push_subscriptions')
        .values({ id, person, endpoint, p256dh, auth, label, created_ms: createdMs })
        .onConflict((conflict) => conflict.column('id').doUpdateSet({ person, p256dh, auth, label }))
        .execute()
      await forgetOldest(transaction, person, id)
      return { id, endpoint, p256dh, auth, label, createdMs }
    })
  }

  /** `person` undefined: whoever it belongs to. True where there was one. */
  async unsubscribe(id: string, person?: string): Promise<boolean> {
    const all = this.#database.deleteFrom('push_subscriptions').where('id', '=', id)
    const { numDeletedRows } = await (person === undefined ? all : all.where('person', '=', person)).executeTakeFirst()
    return numDeletedRows > 0
  }

  async subscription(id: string): Promise<PushSubscription | undefined> {
    return await this.#database
      .selectFrom('push_subscriptions')
      .select(['endpoint', 'p256dh', 'auth'])
      .where('id', '=', id)
      .executeTakeFirst()
  }
}

function preferencesOf(document: string): Preferences | undefined {
  const saved: unknown = JSON.parse(document)
  return Value.Check(Preferences, saved) ? saved : undefined
}

async function found(transaction: HubTransaction, id: string) {
  return await transaction.selectFrom('push_subscriptions').selectAll().where('id', '=', id).executeTakeFirst()
}

/** `newest` stays in any case. */
async function forgetOldest(transaction: HubTransaction, person: string, newest: string): Promise<void> {
  const own = await transaction
    .selectFrom('push_subscriptions')
    .select('id')
    .where('person', '=', person)
    .where('id', '!=', newest)
    .orderBy('created_ms', 'desc')
    .execute()
  const tooMany = own.slice(maxSubscriptions - 1).map((row) => row.id)
  if (tooMany.length > 0) await transaction.deleteFrom('push_subscriptions').where('id', 'in', tooMany).execute()
}
