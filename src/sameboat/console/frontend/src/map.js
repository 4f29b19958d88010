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

function layers() {
  const picked = ['boolean', ['feature-state', 'picked'], false]
  return [
    { id: 'ground', type: 'background', paint: { 'background-color': token('map') } },
    { id: 'land', type: 'fill', source: 'said', filter: land, paint: { 'fill-color': colour('land') } },
    { id: 'land-line', type: 'line', source: 'said', filter: land, paint: { 'line-color': ['case', picked, token('ink'), token('land-line')], 'line-width': ['case', picked, 3, 1] } },
    { id: 'river-edge', type: 'line', source: 'said', filter: is('reach', 'LineString'), layout: { 'line-cap': 'round', 'line-join': 'round' }, paint: { 'line-color': token('edge'), 'line-width': 10, 'line-opacity': 0.55 } },
    { id: 'river', type: 'line', source: 'said', filter: is('reach', 'LineString'), layout: { 'line-cap': 'round', 'line-join': 'round' }, paint: { 'line-color': colour('water'), 'line-width': 8 } },
    { id: 'front', type: 'line', source: 'said', filter: is('reach', 'LineString'), layout: { 'line-join': 'round' }, paint: { 'line-color': token('ink'), 'line-width': 18, 'line-opacity': ['case', ['boolean', ['feature-state', 'front'], false], 0.28, 0] } },
    { id: 'site', type: 'circle', source: 'said', filter: is('site', 'Point'), paint: { 'circle-radius': 3, 'circle-color': token('surface'), 'circle-stroke-color': token('ink-2'), 'circle-stroke-width': 1.2 } },
    { id: 'dot', type: 'circle', source: 'said', filter: is('place', 'Point'), paint: { 'circle-radius': ['case', picked, 10, 7], 'circle-color': colour('surface'), 'circle-stroke-color': token('ink'), 'circle-stroke-width': ['case', picked, 3, 1.5] } },
  ]
}

/** Draw into the holder; return paint, pick, recolour and resize. */
export async function mount(holder, { collection, worker, origin, onPick }) {
  setWorkerUrl(new URL(worker, location.href).href)
  const features = collection.features.map((each) => ({ ...each, properties: { kind: each.properties.kind, code: each.properties.code, key: key(each.properties) } }))
  const style = () => ({ version: 8, sources: { said: { type: 'geojson', data: { type: 'FeatureCollection', features }, promoteId: 'key' } }, layers: layers() })
  const map = new LiveMap({ container: holder, style: style(), bounds: bounds(collection), fitBoundsOptions: { padding: 56 }, attributionControl: false, dragRotate: false, pitchWithRotate: false, touchPitch: false, cooperativeGestures: false, scrollZoom: false, maxZoom: 12, canvasContextAttributes: { preserveDrawingBuffer: true } })
  map.touchZoomRotate.disableRotation()
  map.addControl(new NavigationControl({ showCompass: false }), 'top-right')
  map.addControl(new ScaleControl({ unit: 'metric' }), 'bottom-left')
  await new Promise((done, fail) => { map.once('load', done); map.once('error', (event) => fail(event.error)) })
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

/** Names as HTML that yield to each other: the origin first, then places by probability, then sites. */
function label(map, collection, origin) {
  const rank = (told) => [told.code === origin ? 0 : told.kind === 'place' ? 1 : 2, -(told.p ?? 0)]
  const seen = new Set()
  const wanted = collection.features
    .filter((each) => each.properties.kind !== 'reach' && each.properties.name && each.geometry)
    .sort((a, b) => { const [x, y] = [rank(a.properties), rank(b.properties)]; return x[0] - y[0] || x[1] - y[1] })
    .filter((each) => !seen.has(each.properties.name) && seen.add(each.properties.name))
  const markers = wanted.map((each) => {
    const element = document.createElement('span')
    element.className = 'marker'
    element.textContent = each.properties.name
    const at = each.geometry.type === 'Point' ? each.geometry.coordinates : middle(each.geometry)
    const marker = new Marker({ element, anchor: 'left', offset: [12, 0] }).setLngLat(at).addTo(map)
    return { element, at, marker }
  })
  // Beside its point, else on the other side, above or below; a name without room is not shown.
  const arrange = () => {
    const taken = []
    const { width, height } = map.getContainer().getBoundingClientRect()
    for (const { element } of markers) element.hidden = false
    const sizes = markers.map(({ element }) => [element.offsetWidth, element.offsetHeight])
    markers.forEach(({ element, at, marker }, n) => {
      const { x, y } = map.project(at)
      const [w, h] = sizes[n]
      const room = [[12, 0], [-w - 12, 0], [-w / 2, -18], [-w / 2, 18]].find(([dx, dy]) => {
        const box = [x + dx, y + dy - h / 2, x + dx + w, y + dy + h / 2]
        if (box[0] < 2 || box[1] < 2 || box[2] > width - 2 || box[3] > height - 2) return false
        if (taken.some((other) => box[0] < other[2] + 4 && other[0] < box[2] + 4 && box[1] < other[3] && other[1] < box[3])) return false
        taken.push(box)
        return true
      })
      element.hidden = !room
      if (room) marker.setOffset(room)
    })
  }
  map.on('moveend', arrange)
  requestAnimationFrame(arrange)
  return arrange
}

function middle(geometry) {
  const box = bounds({ features: [{ geometry }] })
  return [(box[0] + box[2]) / 2, (box[1] + box[3]) / 2]
}
