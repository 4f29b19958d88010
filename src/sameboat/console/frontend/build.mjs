// Bundles what needs a package from the registry; everything else is plain files in static/.
// Names are fixed: Django's static storage adds the hash.
import { readdirSync } from 'node:fs'
import { build } from 'esbuild'

const outdir = process.argv[2] ?? '../static/console/build'
const sources = readdirSync('src').filter((name) => name.endsWith('.js'))
const common = {
  bundle: true,
  minify: true,
  format: 'esm',
  target: 'es2022',
  legalComments: 'linked',
  logLevel: 'warning',
  outdir,
}
await build({
  ...common,
  entryPoints: Object.fromEntries(sources.map((name) => [name.replace('.js', ''), `src/${name}`])),
})
// MapLibre 6 does not inline its worker: one file of the same origin, named by setWorkerUrl().
await build({
  ...common,
  entryPoints: { 'maplibre-worker': 'node_modules/maplibre-gl/dist/maplibre-gl-worker.mjs' },
})
