// Land, sea and tiles drawn by MapLibre GL. Loaded only when a map is shown and the browser has WebGL.
import 'maplibre-gl/dist/maplibre-gl.css'
import { Map as GlMap, setWorkerUrl, type StyleSpecification } from 'maplibre-gl'
import workerUrl from 'maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url'
import { t } from '../text/language.ts'
import { createMarkSheet, markStyle } from './gl-marks.ts'
import { graticule, graticuleFromZoom, graticuleStepDeg } from './graticule.ts'
import { closestFitZoom, zoomRange, type MapColours, type Surface, type SurfaceOptions } from './surface.ts'

setWorkerUrl(new URL(workerUrl, document.baseURI).href)

type Style = Pick<SurfaceOptions, 'coast' | 'tiles' | 'colours'> & {
  /** Undefined: none are drawn. */
  readonly marks: ReturnType<typeof markStyle> | undefined
}

/** No symbol layers: they would ask a server for glyphs. Names and markers are HTML above the map. */
function styleOf({ coast, tiles, colours, marks }: Style): StyleSpecification {
  const lines = { type: 'MultiLineString', coordinates: graticule(graticuleStepDeg) } as const
  const raster = {
    type: 'raster',
    tiles: tiles === undefined ? [] : [tiles.url],
    tileSize: 256,
    maxzoom: tiles?.maxZoom ?? 18,
    attribution: tiles?.attribution ?? '',
  } as const
  return {
    version: 8,
    sources: {
      coast: { type: 'geojson', data: coast, attribution: t('map.coast') },
      grid: { type: 'geojson', data: { type: 'Feature', properties: {}, geometry: lines } },
      ...(tiles === undefined ? {} : { tiles: raster }),
      ...(marks === undefined ? {} : { [marks.sourceId]: marks.source }),
    },
    layers: [
      { id: 'sea', type: 'background', paint: { 'background-color': colours.sea } },
      { id: 'shallows', type: 'line', source: 'coast', paint: shallows(colours) },
      { id: 'land', type: 'fill', source: 'coast', paint: { 'fill-color': colours.land } },
      {
        id: 'grid',
        type: 'line',
        source: 'grid',
        minzoom: graticuleFromZoom,
        paint: { 'line-color': colours.grid, 'line-width': 1 },
      },
      { id: 'coast', type: 'line', source: 'coast', paint: { 'line-color': colours.coast, 'line-width': 1.2 } },
      ...(tiles === undefined
        ? []
        : [{ id: 'tiles', type: 'raster', source: 'tiles', paint: rasterPaint(colours) } as const]),
      ...(marks === undefined ? [] : [marks.layer]),
    ],
  }
}

/** A soft band along the coast; its landward half lies under the land. */
function shallows({ shallows }: MapColours) {
  return { 'line-color': shallows, 'line-width': 14, 'line-blur': 10 }
}

/** At night the pale tiles are turned to their negative; the hue is turned back, so that water stays blue. */
function rasterPaint({ dark }: MapColours) {
  if (!dark) return {}
  return {
    'raster-brightness-min': 0.9,
    'raster-brightness-max': 0.1,
    'raster-hue-rotate': 180,
    'raster-saturation': -0.3,
  }
}

/** Throws when WebGL cannot be had. */
export function createGlSurface(options: SurfaceOptions): Surface {
  const { container, bounds, paddingPx } = options
  const box = ({ west, south, east, north }: typeof bounds): [number, number, number, number] => [
    west,
    south,
    east,
    north,
  ]
  const still = matchMedia('(prefers-reduced-motion: reduce)').matches
  const map = new GlMap({
    container,
    style: styleOf({ ...options, marks: options.marks && markStyle(options.colours) }),
    bounds: box(bounds),
    fitBoundsOptions: { padding: paddingPx, maxZoom: closestFitZoom },
    minZoom: zoomRange.min,
    maxZoom: zoomRange.max,
    maxBounds: [127.5, 30.5, 146.5, 45.8],
    attributionControl: { compact: false },
    dragRotate: false,
    pitchWithRotate: false,
    touchPitch: false,
    // One finger and the bare wheel scroll the page; the map takes two fingers, or Ctrl and the wheel.
    cooperativeGestures: true,
    locale: {
      'CooperativeGesturesHandler.WindowsHelpText': t('map.gestureWheel'),
      'CooperativeGesturesHandler.MacHelpText': t('map.gestureWheelMac'),
      'CooperativeGesturesHandler.MobileHelpText': t('map.gestureTouch'),
    },
    fadeDuration: 0,
  })
  map.touchZoomRotate.disableRotation()
  map.keyboard.disableRotation()
  map.on('move', options.moved)
  map.on('resize', options.moved)
  map.once('load', options.moved)
  const sheet = options.marks && createMarkSheet(map, { colours: options.colours, chosen: options.marks.chosen })
  if (options.marks !== undefined) map.on('idle', options.marks.rested)
  const canvas = map.getCanvas()
  canvas.setAttribute('aria-label', t('map.region'))
  return {
    sheet,
    project: ({ lat, lon }) => map.project([lon, lat]),
    size: () => ({ width: container.clientWidth, height: container.clientHeight }),
    showsNames: options.tiles !== undefined,
    zoom: () => map.getZoom(),
    fit: (area) => void map.fitBounds(box(area), { padding: paddingPx, maxZoom: 16, animate: !still, duration: 500 }),
    zoomBy: (steps) => void map.easeTo({ zoom: map.getZoom() + steps, duration: still ? 0 : 250 }),
    panBy: ({ x, y }) => void map.panBy([x, y], { animate: !still }),
    recolour(colours) {
      const marks = sheet && markStyle(colours, sheet.recolour(colours))
      map.setStyle(styleOf({ ...options, colours, marks }))
    },
    close: () => map.remove(),
  }
}
