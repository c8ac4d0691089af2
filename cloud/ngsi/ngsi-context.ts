// The JSON-LD context of this hub's entities, and how an answer names it.
import type { FastifyReply, FastifyRequest } from 'fastify'

export const contextName = 'musubi-1.jsonld'
const coreContext = 'https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context-v1.7.jsonld'
const models = 'https://smartdatamodels.org/dataModel'

/** By the model that a word is of; `own`: words that no model has. */
const words: Readonly<Record<string, readonly string[]>> = {
  [`${models}.Streetlighting/`]: ['Streetlight', 'powerState', 'powerConsumption'],
  [`${models}.Weather/`]: [
    'WeatherObserved',
    'atmosphericPressure',
    'dewPoint',
    'gustSpeed',
    'illuminance',
    'relativeHumidity',
    'solarRadiation',
    'temperature',
    'windDirection',
    'windSpeed',
  ],
  [`${models}.Agrifood/`]: [
    'AgriParcelRecord',
    'hasAgriParcel',
    'soilMoistureEc',
    'soilMoistureVwc',
    'soilTemperature',
  ],
  [`${models}.Device/`]: [
    'Device',
    'DeviceMeasurement',
    'category',
    'controlledProperty',
    'measurementType',
    'numValue',
    'refDevice',
    'unit',
  ],
  [`${models}.WifiNetwork/`]: ['AccessPoint', 'apState', 'clientsConnected', 'ssid'],
  'https://smartdatamodels.org/': ['address', 'alternateName', 'dateObserved', 'name', 'status'],
  'urn:musubi:ngsi-ld:': ['EvacuationSite', 'PublicFacility', 'capacity', 'waterLevel', 'waterTemperature'],
}

const terms: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(words).flatMap(([base, names]) => names.map((name) => [name, `${base}${name}`])),
)

export function contextDocument(): object {
  return { '@context': [terms, coreContext] }
}

/** The short name of a type or attribute that is given as its IRI; any other stays as it is. */
export function shortName(given: string): string {
  const short = given.slice(Math.max(given.lastIndexOf('/'), given.lastIndexOf(':')) + 1)
  return terms[short] === given ? short : given
}

/** `name` as an IRI, where the context knows it. */
export function iriOf(name: string): string {
  return terms[name] ?? `https://uri.etsi.org/ngsi-ld/${name}`
}

function contextAddress(base: string): string {
  return `${base}/ngsi-ld/v1/jsonldContexts/${contextName}`
}

const answerTypes = ['application/json', 'application/ld+json', 'application/geo+json'] as const
export type AnswerType = (typeof answerTypes)[number]

/** The first of these that is accepted, by weight, then as it is written; undefined: none. */
export function answerTypeOf({ headers }: Pick<FastifyRequest, 'headers'>): AnswerType | undefined {
  const accepted = (headers.accept ?? '*/*')
    .split(',')
    .map((part) => {
      const [type = '', ...parameters] = part.split(';').map((one) => one.trim())
      const weight = parameters.find((one) => one.startsWith('q='))?.slice(2)
      return { type: type.toLowerCase(), weight: weight === undefined ? 1 : Number(weight) }
    })
    .filter(({ weight }) => weight > 0)
    .toSorted((a, b) => b.weight - a.weight)
  for (const { type } of accepted) {
    const found = answerTypes.find((one) => one === type)
    if (found !== undefined) return found
    if (type === '*/*' || type === 'application/*') return 'application/json'
  }
  return undefined
}

/** In the body for JSON-LD, else as a link (JSON-LD 1.1, 6.1). */
export function withContext(body: object, type: AnswerType, base: string, reply: FastifyReply): string {
  void reply.type(`${type}; charset=utf-8`)
  const context = contextAddress(base)
  if (type === 'application/ld+json') {
    const own = { '@context': [context, coreContext] }
    return JSON.stringify(Array.isArray(body) ? body.map((one: object) => ({ ...own, ...one })) : { ...own, ...body })
  }
  addLink(reply, `<${context}>; rel="http://www.w3.org/ns/json-ld#context"; type="application/ld+json"`)
  return JSON.stringify(body)
}

export function addLink(reply: FastifyReply, link: string): void {
  const links = reply.getHeader('link')
  void reply.header('link', links === undefined ? link : `${String(links)}, ${link}`)
}
