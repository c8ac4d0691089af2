import { describe, expect, it } from 'vitest'
import { insightList } from './insight-list.ts'
import { resultLabel } from './result-labels.ts'
import { seriesNameOf } from './result-series.ts'
import { splitSeriesName } from '../../broker/contract/sample.ts'

describe('the label of a result', () => {
  it('names the place, the insight and what it is of, also for a part and a place with dots in its id', () => {
    const { device, channel } = splitSeriesName(seriesNameOf('kimitsu/gw/north.1', 'lamp-use', 'energy.lamp-3'))
    expect(resultLabel(device, channel)).toEqual({
      site: 'north.1',
      title: { ja: '点灯時間と電力量', en: 'Burning hours and energy' },
      label: { ja: '灯3 電力量', en: 'lamp 3 energy' },
    })
  })

  it('is there for every output of every insight, and for nothing else', () => {
    for (const { id, outputs } of insightList) {
      for (const output of Object.keys(outputs)) expect(resultLabel(`~field.${id}`, output)?.label.ja).toBeTruthy()
    }
    expect(resultLabel('~field.heading', 'nothing')).toBeUndefined()
    expect(resultLabel('~field.nothing', 'stage')).toBeUndefined()
    expect(resultLabel('probe-1', 'water-level')).toBeUndefined()
  })

  it('feeds no insight with the results of another, but for the forecast minimum of air', () => {
    const fed = insightList.flatMap((reader) =>
      Object.values(reader.inputs).flatMap(({ channel, unit }) =>
        insightList.flatMap(({ id, outputs }) =>
          Object.entries(outputs)
            .filter(([output, about]) => channel.test(output) && about.unit === unit)
            .map(([output]) => `${id}:${output} into ${reader.id}`),
        ),
      ),
    )
    expect(fed).toEqual(['air-minimum-forecast:forecast-min-temperature into water-depth'])
  })
})
