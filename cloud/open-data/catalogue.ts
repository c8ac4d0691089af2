// The catalogue of what is published (DCAT 3), as resources that rdf-texts.ts writes down.
import type { LocalizedText } from '../../broker/contract/documents.ts'
import type { ListDefinition } from '../places/list-definition.ts'
import { placesFileName } from '../places/places-csv.ts'
import { publicDays } from './day-files.ts'
import { licenceAddresses, type OpenDataSettings } from './open-data-file.ts'
import type { PublicSeries } from './public-series.ts'

/** An IRI, a text in a language, or a typed literal. */
export type Term =
  | { readonly iri: string }
  | { readonly text: string; readonly language?: 'ja' | 'en'; readonly type?: string }

/** Predicates and types are prefixed names. */
export interface Resource {
  readonly iri: string
  readonly type: string
  readonly properties: readonly (readonly [predicate: string, value: Term])[]
}

export const prefixes = {
  dcat: 'http://www.w3.org/ns/dcat#',
  dct: 'http://purl.org/dc/terms/',
  foaf: 'http://xmlns.com/foaf/0.1/',
  xsd: 'http://www.w3.org/2001/XMLSchema#',
  geo: 'http://www.opengis.net/ont/geosparql#',
} as const

export interface PublicList {
  readonly tenant: string
  readonly list: ListDefinition
  readonly places: number
}

export interface CatalogueContent {
  /** Of the hub, without a slash at its end. */
  readonly base: string
  readonly settings: OpenDataSettings
  readonly series: readonly PublicSeries[]
  readonly lists: readonly PublicList[]
  readonly nowMs: number
}

const mediaTypes = 'https://www.iana.org/assignments/media-types/'

export function catalogueOf(content: CatalogueContent): readonly Resource[] {
  const { base, settings } = content
  const publisher = `${base}/open-data/catalog#publisher`
  const shared: Resource['properties'] = [
    ['dct:publisher', { iri: publisher }],
    ['dct:license', { iri: licenceAddresses[settings.licence] }],
  ]
  const listed = content.lists.map((list) => listResources(list, content, shared))
  const measured = content.series.map((series) => seriesResources(series, content, shared))
  const datasets = [...listed, ...measured]
  const { name } = settings.publisher
  const catalogue: Resource = {
    iri: `${base}/open-data/catalog`,
    type: 'dcat:Catalog',
    properties: [
      ...texts('dct:title', { ja: `${name.ja} オープンデータカタログ`, en: `Open data of ${name.en}` }),
      ...texts('dct:description', {
        ja: `${name.ja}の公共施設等の一覧とセンサーの観測値`,
        en: `Lists of public places of ${name.en} and readings of its sensors`,
      }),
      ...shared,
      ...datasets.map(([dataset]) => ['dcat:dataset', { iri: dataset.iri }] as const),
    ],
  }
  const agent: Resource = { iri: publisher, type: 'foaf:Agent', properties: texts('foaf:name', name) }
  return [catalogue, agent, ...datasets.flat()]
}

type Dataset = readonly [dataset: Resource, ...more: Resource[]]

function listResources(
  { tenant, list, places }: PublicList,
  { base, settings }: CatalogueContent,
  shared: Resource['properties'],
): Dataset {
  const file = `${base}/open-data/lists/${tenant}/${placesFileName(list, settings.publisher)}`
  const iri = file.replace(/\.csv$/, '')
  const files = [
    distribution(`${iri}#csv`, { access: file, download: file, media: 'text/csv', title: 'CSV' }, settings),
    distribution(`${iri}#geojson`, geoJsonOf(iri), settings),
  ]
  const dataset: Resource = {
    iri,
    type: 'dcat:Dataset',
    properties: [
      ...texts('dct:title', list.title),
      ...texts('dct:description', {
        ja: `${list.title.ja}（${places}件）`,
        en: `${list.title.en} (${places} entries)`,
      }),
      ['dct:identifier', { text: `${tenant}/${list.kind}` }],
      ...shared,
      ...files.map(({ iri: own }) => ['dcat:distribution', { iri: own }] as const),
    ],
  }
  return [dataset, ...files]
}

function geoJsonOf(iri: string): FileFacts {
  return { access: `${iri}.geojson`, download: `${iri}.geojson`, media: 'application/geo+json', title: 'GeoJSON' }
}

function seriesResources(
  series: PublicSeries,
  { base, settings, nowMs }: CatalogueContent,
  shared: Resource['properties'],
): Dataset {
  const { key, facts, name, position } = series
  const iri = `${base}/open-data/series/${encodeURIComponent(key)}`
  const days = publicDays(series, nowMs)
  const media = { csv: 'text/csv', json: 'application/json', parquet: 'application/vnd.apache.parquet' }
  const files = Object.entries(media).map(([format, type]) => {
    const newest = days === undefined ? undefined : `${iri}/${days.last}.${format}`
    return distribution(
      `${iri}#${format}`,
      { access: iri, download: newest, media: type, title: format.toUpperCase() },
      settings,
    )
  })
  const place: Resource[] =
    position === undefined
      ? []
      : [
          {
            iri: `${iri}#place`,
            type: 'dct:Location',
            properties: [['dcat:centroid', wkt(position.lon, position.lat)]],
          },
        ]
  const period: Resource[] =
    days === undefined
      ? []
      : [
          {
            iri: `${iri}#period`,
            type: 'dct:PeriodOfTime',
            properties: [
              ['dcat:startDate', date(days.first)],
              ['dcat:endDate', date(days.last)],
            ],
          },
        ]
  const unit = facts.unit === undefined ? '' : ` (${facts.unit})`
  const dataset: Resource = {
    iri,
    type: 'dcat:Dataset',
    properties: [
      ...texts('dct:title', name),
      ...texts('dct:description', {
        ja: `${name.ja}の観測値${unit}。日ごとのファイル。`,
        en: `Readings of ${name.en}${unit}, one file for each day.`,
      }),
      ['dct:identifier', { text: key }],
      ...shared,
      ...place.map((own) => ['dct:spatial', { iri: own.iri }] as const),
      ...period.map((own) => ['dct:temporal', { iri: own.iri }] as const),
      ...files.map((own) => ['dcat:distribution', { iri: own.iri }] as const),
    ],
  }
  return [dataset, ...place, ...period, ...files]
}

interface FileFacts {
  readonly access: string
  readonly download: string | undefined
  readonly media: string
  readonly title: string
}

function distribution(
  iri: string,
  { access, download, media, title }: FileFacts,
  { licence }: OpenDataSettings,
): Resource {
  return {
    iri,
    type: 'dcat:Distribution',
    properties: [
      ['dct:title', { text: title }],
      ['dcat:accessURL', { iri: access }],
      ...(download === undefined ? [] : [['dcat:downloadURL', { iri: download }] as const]),
      ['dcat:mediaType', { iri: `${mediaTypes}${media}` }],
      ['dct:license', { iri: licenceAddresses[licence] }],
    ],
  }
}

function texts(predicate: string, { ja, en }: LocalizedText): Resource['properties'] {
  return [
    [predicate, { text: ja, language: 'ja' }],
    [predicate, { text: en, language: 'en' }],
  ]
}

function wkt(lon: number, lat: number): Term {
  return { text: `POINT(${lon} ${lat})`, type: 'geo:wktLiteral' }
}

function date(day: string): Term {
  return { text: day, type: 'xsd:date' }
}
