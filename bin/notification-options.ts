// Reads the settings of notification, and the secrets that they name.
import { readFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { AppError } from '../broker/contract/app-error.ts'
import type { HubNotificationOptions } from '../cloud/notifications/hub-notifications.ts'
import { parseNotificationSettings } from '../cloud/notifications/notification-settings.ts'

/**
 * Nothing without a file. Paths in it begin at its own folder. Throws `config.invalid` with every fault; secrets are in no
 * message.
 */
export async function notificationsOf(
  file: string,
  folder: string,
): Promise<Pick<HubNotificationOptions, 'notifications'>> {
  if (file === '') return {}
  const text = await readFile(file, 'utf8').catch((thrown: unknown) => {
    throw new AppError('config.invalid', `the notification settings ${file} cannot be read`, { cause: thrown })
  })
  const settings = await parseNotificationSettings(text, file, {
    environment: process.env,
    readFile: (path) => readFile(resolve(dirname(file), path), 'utf8'),
  })
  return { notifications: { settings, folder } }
}
