// The gateway.yaml of each demo gateway: the file that a field engineer would write for this field, and no word of simulation.
import { stringify } from 'yaml'
import { areaPolygon } from '../../firmware-bridge/simulators/field-area.ts'
import type { FieldPorts } from '../../firmware-bridge/simulators/field.ts'
import {
  accessPoints,
  cabinets,
  cabinetUnits,
  inspectionLine,
  lakeside,
  paddies,
  snmpCommunity,
  weatherPlace,
} from '../../firmware-bridge/simulators/kimitsu.ts'
import { credentialFiles } from './gateway-credentials.ts'

export const demoTenant = 'kimitsu'
export const demoGateways = ['paddy-koito', 'streetlight-center', 'wifi-city', 'factory-kazusa'] as const
export type DemoGateway = (typeof demoGateways)[number]

export interface FieldWiring {
  readonly ports: FieldPorts
  /** The gateway's end of the weather station's serial pair; undefined: TCP. */
  readonly weatherPath: string | undefined
  /** The port of the gateway's uplink. */
  readonly hubPort: number
  /** Where the hub takes files. */
  readonly httpsPort: number
  /** Models know the sun and the hour: they are left out where the field's time is not the gateway's. */
  readonly withModels: boolean
  /** Folder of the drone's memory card; absent: no drone has flown. */
  readonly droneCard?: string
  /** What was taught about the parts of the factory; undefined: nothing yet, and its camera only looks. */
  readonly taught: { readonly model: string; readonly publicKey: string; readonly examples: string } | undefined
}

/** The text of gateway.yaml; credentials lie beside it. */
export function gatewayFile(gateway: DemoGateway, wiring: FieldWiring): string {
  return stringify({
    tenant: demoTenant,
    gateway,
    ...gatewayContents[gateway](wiring),
    data: 'outbox',
    hub: {
      url: `mqtts://localhost:${wiring.hubPort}`,
      https: `https://localhost:${wiring.httpsPort}`,
      ...credentialFiles,
    },
    uplink: { reconnectBaseMs: 250, reconnectCapMs: 5000, keepaliveS: 10 },
    health: { intervalS: 10 },
  })
}

const pollIntervalS = 2
const accessPointIntervalS = 5
const host = '127.0.0.1'

const gatewayContents: Readonly<Record<DemoGateway, (wiring: FieldWiring) => object>> = {
  'paddy-koito': paddyGateway,
  'streetlight-center': streetlightGateway,
  'wifi-city': wifiGateway,
  'factory-kazusa': factoryGateway,
}

function paddyGateway({ ports, weatherPath, droneCard }: FieldWiring): object {
  const weather = weatherPath === undefined ? { host, port: ports.weather } : { path: weatherPath, baudRate: 19_200 }
  const bus = { connection: 'rs485-1', intervalS: pollIntervalS, timeoutMs: 500, retries: 1 }
  return {
    label: { ja: '小糸水田ゲートウェイ（模擬）', en: 'Koito paddy gateway (simulated field)' },
    sites: [
      ...paddies.map(({ id, name, position, area }) => ({
        id,
        kind: 'paddy',
        name,
        position,
        area: areaPolygon(area),
      })),
      { id: weatherPlace.id, kind: 'weather', name: weatherPlace.name, position: weatherPlace.position },
    ],
    connections: [
      { id: 'rs485-1', type: 'modbus-rtu-tcp', host, port: ports.paddyBus },
      { id: 'weather-line', type: 'line', ...weather },
    ],
    devices: [
      ...paddies.flatMap(({ id, name, levelUnit, soilUnit }) => [
        {
          ...bus,
          id: `${id}-level`,
          site: id,
          profile: 'qdy30a-level-temperature',
          address: { unitId: levelUnit },
          label: { ja: `${name.ja} 水位・水温計`, en: `${name.en} level probe` },
        },
        {
          ...bus,
          id: `${id}-soil`,
          site: id,
          profile: 'soil-4in1',
          address: { unitId: soilUnit },
          label: { ja: `${name.ja} 土壌センサー`, en: `${name.en} soil probe` },
        },
      ]),
      {
        id: 'wxt530',
        site: weatherPlace.id,
        connection: 'weather-line',
        profile: 'vaisala-wxt530',
        address: { char: '0' },
        intervalS: pollIntervalS,
        timeoutMs: 1000,
        retries: 1,
        label: { ja: '気象計', en: 'Weather transmitter' },
      },
    ],
    ...(droneCard === undefined
      ? {}
      : {
          images: {
            import: [{ folder: droneCard }],
            canopy: { model: 'paddy-canopy', cellM: 2, settleS: 5 },
          },
        }),
  }
}

function streetlightGateway({ ports, withModels }: FieldWiring): object {
  return {
    label: { ja: '中心市街地 街路灯ゲートウェイ（模擬）', en: 'Town centre streetlight gateway (simulated field)' },
    sites: cabinets.map(({ id, name, position }) => ({ id, kind: 'streetlight', name, position })),
    connections: cabinets.map(({ id }, index) => ({ id, type: 'modbus-tcp', host, port: ports.cabinets[index] })),
    devices: cabinets.flatMap(({ id, name }) => {
      const shared = { site: id, connection: id, intervalS: pollIntervalS, timeoutMs: 500, retries: 1 }
      return [
        {
          ...shared,
          id: `${id}-controller`,
          profile: 'lamp-relay',
          address: { unitId: cabinetUnits.controller },
          label: { ja: `${name.ja} 計測・開閉器`, en: `${name.en}: meter and relays` },
        },
        {
          ...shared,
          id: `${id}-meter`,
          profile: 'eastron-sdm120',
          address: { unitId: cabinetUnits.meter },
          label: { ja: `${name.ja} 電力量計`, en: `${name.en}: energy meter` },
        },
      ]
    }),
    ...(withModels
      ? {
          models: [{ package: 'lamp-power-anomaly', inputs: ['*:lamp-*-power'] }],
          circuits: cabinets.map(lightingCircuit),
        }
      : {}),
  }
}

/** A night of the model passes in minutes, as the demo's faults do. */
const circuitPace = 240

function lightingCircuit({ id, ratedW }: (typeof cabinets)[number]): object {
  const device = `${id}-controller`
  return {
    id,
    package: 'lamp-fault',
    voltage: `${device}:supply-voltage`,
    pace: circuitPace,
    lamps: ratedW.map((_, index) => ({
      power: `${device}:lamp-${index + 1}-power`,
      command: `${device}:lamp-${index + 1}-relay`,
    })),
  }
}

function wifiGateway({ ports, withModels }: FieldWiring): object {
  return {
    label: { ja: '公衆無線LAN 監視ゲートウェイ（模擬）', en: 'Public Wi-Fi gateway (simulated field)' },
    sites: accessPoints.map(({ id, name, position }) => ({ id, kind: 'wifi', name, position })),
    connections: [{ id: 'snmp', type: 'snmp', version: '2c', community: snmpCommunity }],
    devices: accessPoints.map(({ id, name }, index) => ({
      id,
      site: id,
      connection: 'snmp',
      profile: 'if-mib-unifi-ap',
      address: { host, port: ports.accessPoints[index] },
      intervalS: accessPointIntervalS,
      timeoutMs: 1000,
      retries: 1,
      label: { ja: `${name.ja} AP`, en: `${name.en} AP` },
    })),
    ...(withModels ? { models: [{ package: 'ap-traffic-anomaly', inputs: ['*:rx-rate', '*:tx-rate'] }] } : {}),
    ...peopleCount(ports.lakeside),
  }
}

/** Only the number of people leaves the gateway. */
function peopleCount(port: number): object {
  const intervalS = 10
  return {
    cameras: [
      {
        id: 'lakeside-camera',
        site: lakeside,
        label: { ja: '湖畔カメラ（人数のみ）', en: 'Lakeside camera (number of people only)' },
        source: { type: 'http-jpeg', url: `http://${host}:${port}/snapshot.jpg`, intervalS },
      },
    ],
    vision: [
      {
        id: lakesidePeople,
        site: lakeside,
        label: { ja: '湖畔の人数', en: 'People at the lakeside' },
        camera: 'lakeside-camera',
        model: 'people-count',
        counts: 'people',
        everyS: intervalS,
      },
    ],
  }
}

/** The device whose series `people` says how many a camera sees. */
export const lakesidePeople = 'lakeside-people'

function factoryGateway({ ports, taught }: FieldWiring): object {
  const { id: site, name, position } = inspectionLine
  const camera = {
    id: 'camera-1',
    site,
    label: { ja: '検査カメラ', en: 'Inspection camera' },
    source: { type: 'http-jpeg', url: `http://${host}:${ports.line.camera}/snapshot.jpg`, intervalS: 30 },
    healthIntervalS: pollIntervalS,
    staleS: 90,
    remoteFrames: true,
  }
  return {
    label: { ja: 'かずさ工場 検査ゲートウェイ（模擬）', en: 'Kazusa works gateway (simulated field)' },
    sites: [{ id: site, kind: 'factory', name, position }],
    connections: taught === undefined ? [] : [{ id: 'line-io', type: 'modbus-tcp', host, port: ports.line.io }],
    devices: [],
    cameras: [camera],
    ...(taught === undefined ? {} : inspectionOf(taught)),
  }
}

function inspectionOf({ model, publicKey, examples }: NonNullable<FieldWiring['taught']>): object {
  return {
    inspections: [
      {
        id: 'line-1',
        site: inspectionLine.id,
        label: { ja: 'フランジ検査', en: 'Flange inspection' },
        camera: 'camera-1',
        model,
        trigger: { type: 'modbus', connection: 'line-io', table: 'discrete', address: 0, pollMs: 20 },
        relay: { type: 'modbus', connection: 'line-io', coil: 0, signals: 'reject', pulseMs: 200 },
        limitMs: 4500,
        pictures: 'all',
        teach: { examples },
      },
    ],
    modelTrust: { keys: [publicKey] },
  }
}
