// The map for browsers without WebGL2: ECharts on a canvas, the same data and the same colours.
import { LinesChart, ScatterChart } from 'echarts/charts'
import { GeoComponent } from 'echarts/components'
import { init, registerMap, use } from 'echarts/core'
import { CanvasRenderer } from 'echarts/renderers'

use([LinesChart, ScatterChart, GeoComponent, CanvasRenderer])
const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim()

function frame(collection) {
  const points = []
  const take = (at) => (typeof at[0] === 'number' ? points.push(at) : at.forEach(take))
  collection.features.forEach((each) => each.geometry?.coordinates && take(each.geometry.coordinates))
  const [lons, lats] = [points.map((each) => each[0]), points.map((each) => each[1])]
  const [west, east, south, north] = [Math.min(...lons), Math.max(...lons), Math.min(...lats), Math.max(...lats)]
  const [dx, dy] = [(east - west) * 0.06 + 0.01, (north - south) * 0.08 + 0.01]
  return [west - dx, south - dy, east + dx, north + dy]
}

/** Draw into the holder; return paint, pick, recolour and resize. */
export async function mount(holder, { collection, origin, onPick }) {
  const [west, south, east, north] = frame(collection)
  const lands = collection.features.filter((each) => each.properties.kind === 'place' && each.geometry?.type.endsWith('Polygon'))
  const edge = { type: 'Feature', properties: { name: ' ' }, geometry: { type: 'Polygon', coordinates: [[[west, south], [east, south], [east, north], [west, north], [west, south]]] } }
  registerMap('ground', { type: 'FeatureCollection', features: [edge, ...lands.map((each) => ({ ...each, properties: { name: each.properties.code } }))] })
  const chart = init(holder, null, { renderer: 'canvas' })
  let look = () => ({ step: '', front: false })
  let picked = null
  const of = (kind) => collection.features.filter((each) => each.properties.kind === kind && each.geometry)
  const colour = (told, other) => { const { step } = look(told); return step ? token(step) : other }
  const points = (kind) => of(kind).filter((each) => each.geometry.type === 'Point')
  const draw = () => {
    const fine = of('reach').length > 60 // as map.js
    const lines = (width, paint) => ({ type: 'lines', coordinateSystem: 'geo', polyline: true, silent: true, animation: false, data: of('reach').map((each) => ({ coords: each.geometry.coordinates, lineStyle: { width, cap: 'round', join: 'round', opacity: 1, ...paint(each.properties) } })) })
    const marks = (kind, size, paint, named) => ({ type: 'scatter', coordinateSystem: 'geo', animation: false, symbolSize: (_v, at) => (at.data.code === picked ? size + 6 : size), data: points(kind).map((each) => ({ code: each.properties.code, name: each.properties.name, value: each.geometry.coordinates, itemStyle: paint(each.properties) })), label: { show: named, formatter: '{b}', position: 'right', color: token('ink'), fontSize: 12, fontWeight: 600, textBorderColor: token('map'), textBorderWidth: 3 }, labelLayout: { hideOverlap: true } })
    chart.setOption({
      backgroundColor: token('map'),
      animation: false,
      geo: { map: 'ground', silent: false, aspectScale: Math.cos(((south + north) / 2) * Math.PI / 180), left: 8, right: 8, top: 8, bottom: 8, label: { show: false }, emphasis: { disabled: true }, itemStyle: { areaColor: 'transparent', borderColor: 'transparent' }, regions: lands.map((each) => ({ name: each.properties.code, itemStyle: { areaColor: colour(each.properties, token('land')), borderColor: each.properties.code === picked ? token('ink') : token('land-line') } })) },
      series: [
        lines(fine ? 2.4 : 10, () => ({ color: token('edge'), opacity: 0.55 })),
        lines(fine ? 1.6 : 8, (told) => ({ color: colour(told, token('water')) })),
        lines(fine ? 6 : 18, (told) => ({ color: token('ink'), opacity: look(told).front ? 0.28 : 0 })),
        marks('site', 6, () => ({ color: token('surface'), borderColor: token('ink-2'), borderWidth: 1.2 }), false),
        marks('place', 15, (told) => ({ color: colour(told, token('surface')), borderColor: token('ink'), borderWidth: told.code === origin ? 3 : 1.5 }), true),
      ],
    })
  }
  chart.on('mouseover', (event) => onPick(event.data?.code ?? event.name ?? null))
  chart.on('click', (event) => onPick(event.data?.code ?? event.name ?? null, true))
  draw()
  return {
    paint(next) { look = next; draw() },
    pick(code) { picked = code },
    recolour: draw,
    resize() { chart.resize() },
  }
}
