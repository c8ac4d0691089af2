// The routes for back-ups of the hub: how they stand, and one more, for whoever looks after the whole city.
import type { FastifyInstance } from 'fastify'
import { Problem } from '../http/schemas.ts'
import { BackupBegun, BackupState } from './backup-schemas.ts'
import { backupState } from './backup-views.ts'
import type { Backups } from './backups.ts'

const problems = { '4xx': Problem, '5xx': Problem }
const tags = ['operation']

export function addBackupRoutes(server: FastifyInstance, backups: Backups): void {
  server.get(
    '/api/v1/backups',
    {
      config: { right: { city: 'back-up' } },
      schema: {
        tags,
        summary: 'Back-ups of this hub: where they go, those that are kept, those that failed, and the one being made',
        response: { 200: BackupState, ...problems },
      },
    },
    async () => await backupState(backups),
  )
  server.post(
    '/api/v1/backups',
    {
      config: { right: { city: 'back-up' } },
      schema: {
        tags,
        summary: 'Begins a back-up; how it goes on is told by the list',
        description:
          'Answers with `backup.busy` while one is being made, with `backup.target` where there is no place for it.',
        response: { 202: BackupBegun, ...problems },
      },
    },
    async (asked, reply) => {
      const { name, kind } = asked.principal
      const by = name === '' ? kind : name
      const { id } = await backups.begin(kind === 'token' ? 'command' : 'person', by)
      asked.audited = { subject: `backup ${id}` }
      return reply.code(202).send({ id })
    },
  )
}
