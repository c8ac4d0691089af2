// The shape of what a screen of the city begins with.
import { type Static, Type } from 'typebox'
import { AlarmsPage } from '../alarms/alarm-schemas.ts'
import { GatewayItem, LatestItem, SiteHead } from './schemas.ts'

export const CityNow = Type.Object({
  at: Type.String({ description: 'Id of the newest event of the live stream that is in here' }),
  sites: Type.Array(SiteHead, { description: 'Their series are those of `latest` that name them' }),
  latest: Type.Array(LatestItem, { description: 'The newest reading of each series' }),
  alarms: AlarmsPage,
  gateways: Type.Array(GatewayItem),
})
export type CityNow = Static<typeof CityNow>
