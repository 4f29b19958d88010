// The live map: MapLibre on our own GeoJSON; no tiles, no glyphs, nothing from elsewhere.
import 'maplibre-gl/dist/maplibre-gl.css'
import { Map as LiveMap, Marker, NavigationControl, ScaleControl, setWorkerUrl } from 'maplibre-gl'

const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim()
const key = (told) => `${told.kind}:${told.code}`

function bounds(collection) {
  let box = [180, 90, -180, -90]
  const take = (point) => {
    if (typeof point[0] === 'number') box = [Math.min(box[0], point[0]), Math.min(box[1], point[1]), Math.max(box[2], point[0]), Math.max(box[3], point[1])]
    else point.forEach(take)
  }
  collection.features.forEach((each) => each.geometry?.coordinates && take(each.geometry.coordinates))
  return box
}

const colour = (name, other) => ['coalesce', ['feature-state', 'colour'], other ?? token(name)]
const is = (kind, shape) => ['all', ['==', ['get', 'kind'], kind], ['==', ['geometry-type'], shape]]
const land = ['all', ['==', ['get', 'kind'], 'place'], ['!=', ['geometry-type'], 'Point']]

/** Widths of a river's edge, water and front: a network of hundreds of reaches is drawn finer. */
const MANY = 60
const widths = (collection) => collection.features.filter((each) => each.properties.kind === 'reach').length > MANY ? [2.4, 1.6, 6] : [10, 8, 18]

function layers([edge, water, front]) {
  const picked = ['boolean', ['feature-state', 'picked'], false]
  return [
    { id: 'ground', type: 'background', paint: { 'background-color': token('map') } },
    { id: 'land', type: 'fill', source: 'said', filter: land, paint: { 'fill-color': colour('land') } },
    { id: 'land-line', type: 'line', source: 'said', filter: land, paint: { 'line-color': ['case', picked, token('ink'), token('land-line')], 'line-width': ['case', picked, 3, 1] } },
    { id: 'river-edge', type: 'line', source: 'said', filter: is('reach', 'LineString'), layout: { 'line-cap': 'round', 'line-join': 'round' }, paint: { 'line-color': token('edge'), 'line-width': edge, 'line-opacity': 0.55 } },
    { id: 'river', type: 'line', source: 'said', filter: is('reach', 'LineString'), layout: { 'line-cap': 'round', 'line-join': 'round' }, paint: { 'line-color': colour('water'), 'line-width': water } },
    { id: 'front', type: 'line', source: 'said', filter: is('reach', 'LineString'), layout: { 'line-join': 'round' }, paint: { 'line-color': token('ink'), 'line-width': front, 'line-opacity': ['case', ['boolean', ['feature-state', 'front'], false], 0.28, 0] } },
    { id: 'site', type: 'circle', source: 'said', filter: is('site', 'Point'), paint: { 'circle-radius': 3, 'circle-color': token('surface'), 'circle-stroke-color': token('ink-2'), 'circle-stroke-width': 1.2 } },
    { id: 'dot', type: 'circle', source: 'said', filter: is('place', 'Point'), paint: { 'circle-radius': ['case', picked, 10, 7], 'circle-color': colour('surface'), 'circle-stroke-color': token('ink'), 'circle-stroke-width': ['case', picked, 3, 1.5] } },
  ]
}

/** Draw into the holder; return paint, pick, recolour and resize. */
export async function mount(holder, { collection, worker, origin, onPick }) {
  setWorkerUrl(new URL(worker, location.href).href)
  const features = collection.features.map((each) => ({ ...each, properties: { kind: each.properties.kind, code: each.properties.code, key: key(each.properties) } }))
  const style = () => ({ version: 8, sources: { said: { type: 'geojson', data: { type: 'FeatureCollection', features }, promoteId: 'key' } }, layers: layers(widths(collection)) })
  const map = new LiveMap({ container: holder, style: style(), bounds: bounds(collection), fitBoundsOptions: { padding: 56 }, attributionControl: false, dragRotate: false, pitchWithRotate: false, touchPitch: false, cooperativeGestures: false, scrollZoom: false, maxZoom: 12, canvasContextAttributes: { preserveDrawingBuffer: true } })
  map.touchZoomRotate.disableRotation()
  map.addControl(new NavigationControl({ showCompass: false }), 'top-right')
  map.addControl(new ScaleControl({ unit: 'metric' }), 'bottom-left')
  await new Promise((done, fail) => { map.once('load', done); map.once('error', (event) => fail(event.error)) })
  // What waits for a picture of the map waits for this.
  map.on('render', () => { delete holder.dataset.still })
  map.on('idle', () => { holder.dataset.still = '1' })
  map.on('error', (event) => console.warn('map:', event.error?.message))

  const names = label(map, collection, origin)
  const pointed = ['land', 'river', 'dot', 'site']
  const under = (event) => map.queryRenderedFeatures([[event.point.x - 4, event.point.y - 4], [event.point.x + 4, event.point.y + 4]], { layers: pointed })[0]?.properties.code ?? null
  map.on('mousemove', (event) => { const code = under(event); map.getCanvas().style.cursor = code ? 'pointer' : ''; onPick(code) })
  map.on('click', (event) => onPick(under(event), true))
  let picked = null
  let last = null
  const paint = (look) => {
    last = look
    for (const each of collection.features) {
      const { step, front } = look(each.properties)
      map.setFeatureState({ source: 'said', id: key(each.properties) }, { colour: step ? token(step) : null, front })
    }
  }
  return {
    paint,
    pick(code) {
      if (picked) map.setFeatureState({ source: 'said', id: `place:${picked}` }, { picked: false })
      picked = code
      if (code) map.setFeatureState({ source: 'said', id: `place:${code}` }, { picked: true })
    },
    recolour() { map.setStyle(style(), { diff: false }); map.once('styledata', () => last && paint(last)) },
    resize() { map.resize(); names() },
  }
}

/** Names as HTML that yield to marks and to each other: the origin first, then places by probability, then sites. */
function label(map, collection, origin) {
  const rank = (told) => [told.code === origin ? 0 : told.kind === 'place' ? 1 : 2, -(told.p ?? 0)]
  const seen = new Set()
  const named = collection.features.filter((each) => each.properties.kind !== 'reach' && each.geometry)
  const at = (each) => (each.geometry.type === 'Point' ? each.geometry.coordinates : middle(each.geometry))
  const markers = named
    .filter((each) => each.properties.name)
    .sort((a, b) => { const [x, y] = [rank(a.properties), rank(b.properties)]; return x[0] - y[0] || x[1] - y[1] })
    .filter((each) => !seen.has(each.properties.name) && seen.add(each.properties.name))
    .map((each) => {
      const element = document.createElement('span')
      element.className = 'marker'
      element.textContent = each.properties.name
      const marker = new Marker({ element, anchor: 'left', offset: [12, 0] }).setLngLat(at(each)).addTo(map)
      return { element, at: at(each), marker, site: each.properties.kind === 'site' }
    })
  const places = named.filter((each) => each.properties.kind === 'place' && each.geometry.type === 'Point').map(at)
  const rivers = collection.features.filter((each) => each.properties.kind === 'reach' && each.geometry?.type === 'LineString').map((each) => each.geometry.coordinates)
  const touch = (a, b) => a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3]
  // Around its point where it covers no mark, no other name and least of the river; a name without room is not shown.
  const arrange = () => {
    const { width, height } = map.getContainer().getBoundingClientRect()
    const dots = places.map((each) => map.project(each))
    const water = rivers.flatMap((line) => along(line.map((each) => map.project(each))))
    const taken = [[width - 56, 0, width, 96]] // the buttons
    for (const { element } of markers) element.hidden = false
    const sizes = markers.map(({ element }) => [element.offsetWidth, element.offsetHeight])
    markers.forEach(({ element, at: where, marker, site }, n) => {
      const { x, y } = map.project(where)
      const [w, h] = sizes[n]
      // The place's own name stands for a site that lies under its mark.
      const under = site && dots.some((dot) => Math.hypot(dot.x - x, dot.y - y) < 14)
      let best = null
      if (!under) {
        for (const [dx, dy] of [[12, 0], [-w - 12, 0], [-w / 2, -18], [-w / 2, 18], [9, -14], [9, 14], [-w - 9, -14], [-w - 9, 14]]) {
          const box = [x + dx - 1, y + dy - h / 2, x + dx + w + 1, y + dy + h / 2]
          if (box[0] < 2 || box[1] < 2 || box[2] > width - 2 || box[3] > height - 2) continue
          if (taken.some((other) => touch(box, other))) continue
          if (dots.some((dot) => touch(box, [dot.x - 8, dot.y - 8, dot.x + 8, dot.y + 8]))) continue
          const covered = water.filter((drop) => touch(box, [drop.x - 5, drop.y - 5, drop.x + 5, drop.y + 5])).length
          if (!best || covered < best.covered) best = { box, covered, offset: [dx, dy] }
        }
      }
      element.hidden = !best
      if (best) { taken.push(best.box); marker.setOffset(best.offset) }
    })
  }
  map.on('moveend', arrange)
  requestAnimationFrame(arrange)
  return arrange
}

/** Points along a line on the screen, no further apart than a letter is wide. */
function along(line) {
  return line.flatMap((to, n) => {
    const from = line[Math.max(0, n - 1)]
    const steps = Math.min(200, Math.ceil(Math.hypot(to.x - from.x, to.y - from.y) / 6)) || 1
    return Array.from({ length: steps }, (_each, k) => ({ x: from.x + ((to.x - from.x) * (k + 1)) / steps, y: from.y + ((to.y - from.y) * (k + 1)) / steps }))
  })
}

function middle(geometry) {
  const box = bounds({ features: [{ geometry }] })
  return [(box[0] + box[2]) / 2, (box[1] + box[3]) / 2]
}
