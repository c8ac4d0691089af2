import { describe, expect, it } from 'vitest'
import { type Health, judgement } from './probation.ts'

const before = { answering: ['level-1', 'level-2'], uplinkConnected: true, refusedModels: ['old: unsigned'] }
const trial = { before, expected: ['level-1', 'level-2'], probationS: 60 }
const well: Health = {
  answering: ['level-1', 'level-2', 'new'],
  silent: [],
  uplinkConnected: true,
  refusedModels: ['old: unsigned'],
  isOutboxHealthy: true,
}
const at = (health: Partial<Health>, seconds: number, given: Partial<typeof trial> = {}) => {
  const verdict = judgement({ ...well, ...health }, { ...trial, ...given }, seconds * 1000)
  return verdict instanceof Error ? verdict.code : verdict
}

describe('a set on trial', () => {
  it('passes at the end of its probation when all is as well as before, and not earlier', () => {
    expect(at({}, 59)).toBeUndefined()
    expect(at({}, 60)).toBe('pass')
  })

  it.each([
    ['a device that fell silent', { answering: ['level-1'] }, 'deployment.device'],
    ['a hub that is not connected', { uplinkConnected: false }, 'deployment.uplink'],
    ['an outbox that takes no commits', { isOutboxHealthy: false }, 'deployment.health'],
  ] as const)('has as much time again for %s, and fails then', (_, health, code) => {
    expect(at(health, 60)).toBeUndefined()
    expect(at(health, 119)).toBeUndefined()
    expect(at({}, 119)).toBe('pass')
    expect(at(health, 120)).toBe(code)
  })

  it('fails at once for a model that is refused and was not before', () => {
    expect(at({ refusedModels: ['old: unsigned', 'new: golden-mismatch'] }, 1)).toBe('deployment.health')
  })

  it('is not blamed for what did not answer before, nor for a hub that was away', () => {
    expect(at({ silent: ['other'] }, 60)).toBe('pass')
    expect(at({ uplinkConnected: false }, 60, { before: { ...before, uplinkConnected: false } })).toBe('pass')
  })

  it('does not wait for a device that speaks too seldom, but fails where one was asked and did not answer', () => {
    expect(at({ answering: ['level-1'] }, 60, { expected: ['level-1'] })).toBe('pass')
    expect(at({ answering: ['level-1'], silent: ['level-2'] }, 120, { expected: ['level-1'] })).toBe(
      'deployment.device',
    )
  })
})
