// An ONVIF camera for tests (Profile S): the few SOAP answers that lead to its images, on a real port.
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface OnvifDevice {
  readonly port: number
  /** What the camera answers to every question from now on instead of the right answer. */
  misbehaviour: 'none' | 'no-profiles' | 'no-uri' | 'garbage' | 'silent'
  /** How often each question was asked. */
  readonly asked: ReadonlyMap<string, number>
  /** Whether a question came with a user name token (WS-Security). */
  readonly users: ReadonlySet<string>
  close(): Promise<void>
}

/** `uris` tells the camera's addresses; a real one may tell a host that cannot be reached from here. */
export async function startOnvifDevice(uris: {
  readonly snapshot: string
  readonly rtsp: string
}): Promise<OnvifDevice> {
  const asked = new Map<string, number>()
  const users = new Set<string>()
  const state: { misbehaviour: OnvifDevice['misbehaviour'] } = { misbehaviour: 'none' }
  const server: Server = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8')
    request.on('data', (text: string) => (body += text))
    request.on('end', () => {
      const question = /<(?:\w+:)?Body[^>]*>\s*<(?:\w+:)?(\w+)/.exec(body)?.[1] ?? ''
      asked.set(question, (asked.get(question) ?? 0) + 1)
      const user = /<(?:\w+:)?Username>([^<]*)</.exec(body)?.[1]
      if (user !== undefined) users.add(user)
      if (state.misbehaviour === 'silent') return
      const { port } = server.address() as AddressInfo
      const text = state.misbehaviour === 'garbage' ? '<<<' : envelope(answer(question, port))
      response.writeHead(200, { 'content-type': 'application/soap+xml' }).end(text)
    })
  })

  function answer(question: string, port: number): string {
    const service = `http://192.0.2.1:${port}/onvif/media`
    switch (question) {
      case 'GetSystemDateAndTime':
        return dateAndTime(new Date())
      case 'GetServices':
        return `<tds:GetServicesResponse><tds:Service><tds:Namespace>http://www.onvif.org/ver10/device/wsdl</tds:Namespace>
          <tds:XAddr>http://192.0.2.1:${port}/onvif/device_service</tds:XAddr></tds:Service><tds:Service><tds:Namespace>http://www.onvif.org/ver10/media/wsdl</tds:Namespace>
          <tds:XAddr>${service}</tds:XAddr><tds:Version><tt:Major>2</tt:Major><tt:Minor>0</tt:Minor></tds:Version></tds:Service></tds:GetServicesResponse>`
      case 'GetProfiles':
        if (state.misbehaviour === 'no-profiles') return '<trt:GetProfilesResponse/>'
        return `<trt:GetProfilesResponse><trt:Profiles token="main"><tt:Name>main</tt:Name>
          <tt:VideoSourceConfiguration token="vsc"><tt:Name>vsc</tt:Name><tt:SourceToken>source</tt:SourceToken></tt:VideoSourceConfiguration>
          <tt:VideoEncoderConfiguration token="vec"><tt:Name>vec</tt:Name><tt:Encoding>H264</tt:Encoding>
          <tt:Resolution><tt:Width>64</tt:Width><tt:Height>48</tt:Height></tt:Resolution>
          <tt:RateControl><tt:FrameRateLimit>25</tt:FrameRateLimit><tt:BitrateLimit>1</tt:BitrateLimit></tt:RateControl>
          </tt:VideoEncoderConfiguration></trt:Profiles></trt:GetProfilesResponse>`
      case 'GetVideoSources':
        return `<trt:GetVideoSourcesResponse><trt:VideoSources token="source"><tt:Framerate>25</tt:Framerate>
          <tt:Resolution><tt:Width>64</tt:Width><tt:Height>48</tt:Height></tt:Resolution></trt:VideoSources></trt:GetVideoSourcesResponse>`
      case 'GetSnapshotUri':
      case 'GetStreamUri': {
        if (state.misbehaviour === 'no-uri') return `<trt:${question}Other/>`
        const uri = question === 'GetSnapshotUri' ? uris.snapshot : uris.rtsp
        const text = uri.replaceAll('&', '&amp;')
        return `<trt:${question}Response><trt:MediaUri><tt:Uri>${text}</tt:Uri></trt:MediaUri></trt:${question}Response>`
      }
      default:
        return `<tds:${question}Response/>`
    }
  }

  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    asked,
    users,
    get misbehaviour() {
      return state.misbehaviour
    },
    set misbehaviour(misbehaviour) {
      state.misbehaviour = misbehaviour
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function envelope(body: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?>
<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:tds="http://www.onvif.org/ver10/device/wsdl"
 xmlns:trt="http://www.onvif.org/ver10/media/wsdl" xmlns:tt="http://www.onvif.org/ver10/schema"><s:Body>${body}</s:Body></s:Envelope>`
}

function dateAndTime(date: Date): string {
  return `<tds:GetSystemDateAndTimeResponse><tds:SystemDateAndTime><tt:DateTimeType>NTP</tt:DateTimeType>
    <tt:UTCDateTime><tt:Time><tt:Hour>${date.getUTCHours()}</tt:Hour><tt:Minute>${date.getUTCMinutes()}</tt:Minute>
    <tt:Second>${date.getUTCSeconds()}</tt:Second></tt:Time><tt:Date><tt:Year>${date.getUTCFullYear()}</tt:Year>
    <tt:Month>${date.getUTCMonth() + 1}</tt:Month><tt:Day>${date.getUTCDate()}</tt:Day></tt:Date></tt:UTCDateTime>
    </tds:SystemDateAndTime></tds:GetSystemDateAndTimeResponse>`
}
