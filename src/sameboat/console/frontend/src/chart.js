// The chart of one station: the band of the ensemble, its median, the limit, what was measured.
import { CustomChart, LineChart, ScatterChart } from 'echarts/charts'
import { AriaComponent, DataZoomComponent, GridComponent, MarkLineComponent, TooltipComponent } from 'echarts/components'
import { init, use } from 'echarts/core'
import { CanvasRenderer } from 'echarts/renderers'

use([CustomChart, LineChart, ScatterChart, AriaComponent, DataZoomComponent, GridComponent, MarkLineComponent, TooltipComponent, CanvasRenderer])
const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim()
const short = (value) => (value === 0 ? '0' : Number(value.toPrecision(2)).toString())
const SYMBOLS = { not_detected: 'path://M0 0H12L6 10Z', peak: 'triangle' }

/** Draw the data of one station into the holder; words come from the page. */
export function mount(holder, data, words) {
  const chart = init(holder, null, { renderer: 'canvas' })
  const language = document.documentElement.lang === 'en' ? 'en-GB' : document.documentElement.lang // the day before the month, as the server writes it
  const zone = (options) => new Intl.DateTimeFormat(language, { timeZone: words.zone, ...options })
  const day = zone({ month: 'short', day: 'numeric' })
  const moment = zone({ month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit', hour12: false })
  const times = data.times.map((each) => Date.parse(each))
  const top = Math.max(...data.p90)
  const loud = times.filter((_at, n) => data.p90[n] > top / 200)
  const seen = data.seen.map((each) => Date.parse(each.at))
  const [first, last] = [Math.min(...loud, ...seen), Math.max(...loud, ...seen)]
  const pad = Math.max((last - first) * 0.05, 2 * 3600e3)
  const zip = (values) => times.map((at, n) => [at, values[n]])

  const option = () => {
    const text = { color: token('ink-2'), fontSize: 12, fontFamily: getComputedStyle(document.body).fontFamily }
    const lines = data.limit == null ? [] : [{ yAxis: data.limit, label: { formatter: `${words.wordsLimit} ${data.limit}`, position: 'insideEndTop', ...text, color: token('ink') }, lineStyle: { color: token('ink'), type: 'dashed' } }]
    const now = Date.parse(data.now)
    if (now > first - pad && now < last + pad) lines.push({ xAxis: now, label: { formatter: words.wordsNow, ...text, color: token('accent') }, lineStyle: { color: token('accent'), width: 2, type: 'solid' } })
    return {
      animation: false,
      aria: { enabled: true },
      grid: { left: 56, right: 16, top: 28, bottom: 32 },
      xAxis: { type: 'time', min: first - pad, max: last + pad, axisLabel: { ...text, formatter: (at) => day.format(at), hideOverlap: true }, minInterval: 24 * 3600e3, axisLine: { lineStyle: { color: token('edge') } }, splitLine: { show: false } },
      yAxis: { type: 'value', min: 0, name: data.unit, nameTextStyle: text, axisLabel: { ...text, formatter: short }, splitLine: { lineStyle: { color: token('line') } } },
      dataZoom: [{ type: 'inside', filterMode: 'none', zoomOnMouseWheel: 'ctrl' }],
      // Rich text is painted on the canvas: an HTML tip would need inline styles.
      tooltip: { trigger: 'axis', renderMode: 'richText', confine: true, backgroundColor: token('surface'), borderColor: token('line'), textStyle: { ...text, color: token('ink') }, formatter: (rows) => tip(rows) },
      series: [
        { name: 'low', type: 'line', data: zip(data.p10), stack: 'band', symbol: 'none', lineStyle: { opacity: 0 }, silent: true },
        { name: 'band', type: 'line', data: times.map((at, n) => [at, data.p90[n] - data.p10[n]]), stack: 'band', symbol: 'none', lineStyle: { opacity: 0 }, areaStyle: { color: token('p3'), opacity: 0.35 }, silent: true },
        ...(data.earlier ? [{ name: words.wordsEarlier, type: 'line', symbol: 'none', data: data.earlier.times.map((at, n) => [Date.parse(at), data.earlier.p50[n]]), lineStyle: { color: token('ink-3'), width: 1.5, type: 'dotted' } }] : []),
        { name: words.wordsMedian, type: 'line', data: zip(data.p50), symbol: 'none', lineStyle: { color: token('p7'), width: 2 }, markLine: { silent: true, symbol: 'none', data: lines } },
        { name: words.wordsSeen, type: 'scatter', symbolSize: 11, data: data.seen.map((each) => ({ value: [Date.parse(each.at), each.value ?? each.below], symbol: SYMBOLS[each.kind] ?? 'circle', below: each.value === null })), itemStyle: { color: token('surface'), borderColor: token('ink'), borderWidth: 2 } },
      ],
    }
  }
  const tip = (rows) => {
    const at = rows[0].axisValue
    let n = times.findIndex((each) => each >= at)
    if (n < 0) n = times.length - 1
    const said = [moment.format(at), `${words.wordsBand} ${short(data.p10[n])}–${short(data.p90[n])} ${data.unit}`, `${words.wordsMedian} ${short(data.p50[n])}`]
    for (const row of rows) if (row.seriesType === 'scatter') said.push(`${words.wordsSeen} ${row.data.below ? '< ' : ''}${short(row.value[1])}`)
    return said.join('\n')
  }
  chart.setOption(option())
  new ResizeObserver(() => chart.resize()).observe(holder)
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => chart.setOption(option(), true))
}
