import { describe, expect, it } from 'vitest'
import type { TeachingItem, TeachStep } from '../api/factory-api.ts'
import { HubError } from '../api/hub-api.ts'
import { canFit, createTeaching, wizardStep } from './teaching.ts'

const item = (stage: TeachingItem['stage']): TeachingItem => ({ stage }) as TeachingItem

describe('teaching', () => {
  it('takes one step at a time and shows where the gateway is afterwards', async () => {
    const steps: TeachStep[] = []
    const first = Promise.withResolvers<undefined>()
    const teaching = createTeaching('line', {
      teach: async (_line, step) => {
        steps.push(step)
        await first.promise
        return { state: 'done', example: null, picture: null }
      },
      teaching: () => Promise.resolve(item('collecting')),
    })
    const taken = teaching.take({ step: 'fit' })
    expect(await teaching.take({ step: 'discard' })).toBe(false)
    first.resolve(undefined)
    expect(await taken).toBe(true)
    expect(steps).toEqual([{ step: 'fit' }])
    expect(teaching.state.value?.stage).toBe('collecting')
  })

  it('says why a step was refused, until the next one', async () => {
    const answers = [new HubError('wait', 409, 'teach.state'), new TypeError('no network')]
    const teaching = createTeaching('line', {
      teach: () => Promise.reject(answers.shift() ?? new Error('none')),
      teaching: () => Promise.resolve(item('fitting')),
    })
    expect(await teaching.take({ step: 'fit' })).toBe(false)
    expect(teaching.refusal.value).toEqual({ code: 'teach.state' })
    await teaching.take({ step: 'fit' })
    expect(teaching.refusal.value).toEqual({ code: undefined })
  })

  it('goes on where it was left', () => {
    const stages = ['none', 'collecting', 'fitting', 'fitted', 'activated', 'discarded'] as const
    expect(stages.map((stage) => wizardStep(item(stage)))).toEqual([
      'name',
      'examples',
      'fit',
      'result',
      'name',
      'name',
    ])
    expect([canFit({ good: 5, bad: 1 }), canFit({ good: 4, bad: 9 }), canFit({ good: 9, bad: 0 })]).toEqual([
      true,
      false,
      false,
    ])
  })
})
