import { parseProfile } from '../profile-loader.ts'
import type { MqttProfile } from '../mqtt/profile-schemas.ts'
import { hashPassword } from '../mqtt/password-hash.ts'
import { describeListeningDriver } from './listening-contract.ts'
import { mqttClient } from './mqtt-client.ts'
import { mqttListener } from './mqtt-listener.ts'
import { BrokerWithDevice, contractTopic, PublishingDevice } from './mqtt-peers.ts'
import { freePort } from '../simulators/free-port.ts'

const profile = parseProfile(
  `id: climate
driver: mqtt
label: { ja: 温度, en: Climate }
mqtt: { payload: json }
channels: [{ id: temperature, source: { path: climate.temperature }, unit: degC, label: { ja: 温度, en: Temperature } }]
`,
  'test.yaml',
) as MqttProfile

const device = (topic: string) => ({ id: 'climate-1', address: { topic }, profile, timeoutMs: 1000 })
const login = { username: 'barn', password: 'clover' }
const users = [{ name: 'barn', password: await hashPassword(login.password) }]
const port = await freePort()

describeListeningDriver({
  name: 'The MQTT listener',
  peer: () => new PublishingDevice(port, login),
  driver: (_, dependencies) => mqttListener.create({ bind: '127.0.0.1', port, users }, dependencies),
  device: () => device(contractTopic),
  stranger: () => device('barn/other'),
  expected: (value) => value,
  faults: { malformed: 'driver.frame' },
})

describeListeningDriver({
  name: 'The MQTT client',
  peer: () => new BrokerWithDevice(port),
  driver: (_, dependencies) => mqttClient.create({ url: `mqtt://127.0.0.1:${port}` }, dependencies),
  device: () => device(contractTopic),
  stranger: () => device('barn/other'),
  expected: (value) => value,
  faults: { malformed: 'driver.frame' },
})
