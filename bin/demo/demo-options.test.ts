import { describe, expect, it } from 'vitest'
import { readDemoOptions } from './demo-options.ts'

describe("the demo's options", () => {
  it('have defaults that need no setting', () => {
    expect(readDemoOptions({}, '/home/someone')).toEqual({
      httpPort: 8080,
      httpsPort: 8443,
      estPort: 8444,
      mqttPort: 1883,
      mqttsPort: 8883,
      dataFolder: '/home/someone/data',
      timeLapse: 1,
      scheduledFaults: true,
      historyDays: 37,
      notifications: expect.stringMatching(/bin\/demo\/notifications\.yaml$/) as string,
    })
  })

  it('come from the environment', () => {
    const environment = { MUSUBI_HTTP_PORT: '0', MUSUBI_DATA: '/tmp/x', MUSUBI_TIME_LAPSE: '720', MUSUBI_FAULTS: 'off' }
    expect(readDemoOptions(environment, '/')).toMatchObject({
      httpPort: 0,
      dataFolder: '/tmp/x',
      timeLapse: 720,
      scheduledFaults: false,
    })
  })

  it('name every wrong variable at once', () => {
    const wrong = {
      MUSUBI_HTTP_PORT: 'http',
      MUSUBI_MQTT_PORT: '70000',
      MUSUBI_TIME_LAPSE: '0.5',
      MUSUBI_FAULTS: 'maybe',
    }
    expect(() => readDemoOptions(wrong, '/')).toThrow(
      /MUSUBI_FAULTS.*MUSUBI_HTTP_PORT.*MUSUBI_MQTT_PORT.*MUSUBI_TIME_LAPSE/,
    )
  })
})
