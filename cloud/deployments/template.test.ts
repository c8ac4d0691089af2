import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { renderTemplate } from './template.ts'

const template = `
connections: [{ id: bus, type: modbus-tcp, host: "\${host}", port: "\${port}" }]
label: { ja: "水田 \${number}", en: "Paddy \${number}" }
health: { intervalS: 30 }
`

describe('a template of configurations', () => {
  it('gives each gateway its values, with their types, and its own patch', () => {
    const rendered = renderTemplate(template, {
      'kimitsu/a': { values: { host: '10.0.0.1', port: 502, number: 1 } },
      'kimitsu/b': { values: { host: '10.0.0.2', port: 503, number: 2 }, merge: { health: null, label: { en: 'B' } } },
    })
    expect(parse(rendered.get('kimitsu/a')!)).toEqual({
      connections: [{ id: 'bus', type: 'modbus-tcp', host: '10.0.0.1', port: 502 }],
      label: { ja: '水田 1', en: 'Paddy 1' },
      health: { intervalS: 30 },
    })
    expect(parse(rendered.get('kimitsu/b')!)).toMatchObject({ label: { ja: '水田 2', en: 'B' } })
    expect(parse(rendered.get('kimitsu/b')!)).not.toHaveProperty('health')
  })

  it('tells every value that is missing and every one that nothing takes, of all gateways at once', () => {
    const gateways = {
      'kimitsu/a': { values: { host: 'x', port: 1 } },
      'kimitsu/b': { values: { host: 'y', port: 1, number: 2, speed: 3 } },
    }
    expect(() => renderTemplate(template, gateways)).toThrow(
      /a: \$\{number\} has no value\n {2}.*b: the template has no \$\{speed\}/,
    )
  })
})
