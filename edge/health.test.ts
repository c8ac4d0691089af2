import { expect, it } from 'vitest'
import { createCounters } from './counters.ts'
import { healthText, type HealthSources } from './health.ts'
import { createLatencyHistogram } from './inference/latency-histogram.ts'

const sources: HealthSources = {
  machine: { rssBytes: () => 1000, cpuTemperatureC: () => undefined, takeLoopLagS: () => 0.5 },
  counters: createCounters(),
  outboxDepth: () => ({ messages: 1, readings: 2, bytes: 3 }),
  outboxCondition: () => 'healthy',
  outboxAgeS: () => 0,
  deviceConditions: () => [],
}

it('counters stand with their reasons, a value that the machine cannot tell is left out', () => {
  const counters = createCounters()
  counters.add('vision_dropped', 'superseded', 2)
  counters.add('vision_dropped', 'lost')
  const lines = healthText({ ...sources, counters }).split('\n')
  expect(lines.filter((line) => line.includes('vision_dropped'))).toEqual([
    '# TYPE musubi_edge_vision_dropped_total counter',
    'musubi_edge_vision_dropped_total{reason="superseded"} 2',
    'musubi_edge_vision_dropped_total{reason="lost"} 1',
  ])
  expect(lines).toContain('musubi_edge_loop_lag 0.5')
  expect(lines.some((line) => line.includes('cpu_temperature'))).toBe(false)
})

it('latencies of models are a histogram of seconds, each bucket with all that was as fast or faster', () => {
  const latency = createLatencyHistogram()
  for (const durationMs of [0.4, 40, 45, 9000]) latency.observe(durationMs)
  const models = {
    latencies: () => ({ 'vision-latency': latency.snapshot() }),
    gauges: () => ({ 'vision-waiting': 1 }),
  }
  const lines = healthText({ ...sources, models }).split('\n')
  expect(lines).toContain('musubi_edge_vision_waiting 1')
  const ours = lines.filter((line) => line.includes('vision_latency'))
  expect(ours[0]).toBe('# TYPE musubi_edge_vision_latency_seconds histogram')
  expect(ours).toEqual(
    expect.arrayContaining([
      'musubi_edge_vision_latency_seconds_bucket{le="0.0005"} 1',
      'musubi_edge_vision_latency_seconds_bucket{le="0.02"} 1',
      'musubi_edge_vision_latency_seconds_bucket{le="0.05"} 3',
      'musubi_edge_vision_latency_seconds_bucket{le="5"} 3',
      'musubi_edge_vision_latency_seconds_bucket{le="+Inf"} 4',
      'musubi_edge_vision_latency_seconds_count 4',
    ]),
  )
  expect(Number(ours.find((line) => line.includes('_sum'))?.split(' ')[1])).toBeCloseTo(9.0854)
})
