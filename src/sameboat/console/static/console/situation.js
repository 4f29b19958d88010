// Time on the map: the slider, play, and the same colours on the server's drawing or the live map.

const REACHED = 0.1; // arrival is coloured from this probability on, as on the server
const state = { mode: null, hour: null };
let scene = null;

const chance = (told) => (state.mode === 'at' ? (told.presence?.[state.hour] ?? 0) / 1000 : told.p);

class Scene {
  constructor(figure, form) {
    this.figure = figure;
    this.form = form;
    this.slider = form.querySelector('[data-hour]');
    this.live = null;
    this.timer = 0;
    this.words = form.dataset;
  }

  async begin() {
    const answer = await fetch(this.figure.dataset.geojson + location.search, { headers: { Accept: 'application/json' } });
    if (!answer.ok) return;
    this.collection = await answer.json();
    this.told = new Map(this.collection.features.map((each) => [`${each.properties.kind}:${each.properties.code}`, each.properties]));
    const arrivals = [...this.told.values()].filter((each) => each.arrival_p50 && each.p >= REACHED).map((each) => Date.parse(each.arrival_p50));
    this.span = arrivals.length ? [Math.min(...arrivals), Math.max(...arrivals)] : null;
    this.started = Date.parse(this.collection.started_at);
    this.hours = this.collection.hours;
    state.mode ??= this.form.querySelector('[aria-pressed="true"]')?.dataset.by ?? 'ever';
    state.hour ??= this.nearest(Date.parse(document.body.dataset.now));
    this.controls();
    this.ticks();
    this.paint();
    this.hover();
    await this.enliven();
  }

  // ---- time ----
  at(hour) { return this.started + this.hours[hour] * 3600e3; }
  nearest(moment) {
    const hour = (moment - this.started) / 3600e3;
    let best = 0;
    this.hours.forEach((each, at) => { if (Math.abs(each - hour) < Math.abs(this.hours[best] - hour)) best = at; });
    return best;
  }
  spoken(moment) {
    const language = document.documentElement.lang === 'en' ? 'en-GB' : document.documentElement.lang; // the day before the month, as the server writes it
    return new Intl.DateTimeFormat(language, { month: 'short', day: 'numeric', weekday: 'short', hour: '2-digit', minute: '2-digit', hour12: false, timeZone: this.words.zone }).format(moment);
  }
  controls() {
    this.form.querySelector('[data-show]').hidden = true;
    this.play = this.form.querySelector('[data-play]');
    this.play.hidden = false;
    this.play.addEventListener('click', () => this.toggle());
    this.slider.value = state.hour;
    this.slider.addEventListener('input', () => { state.mode = 'at'; state.hour = Number(this.slider.value); this.paint(); });
    for (const button of this.form.querySelectorAll('[data-by]')) {
      button.addEventListener('click', (event) => { event.preventDefault(); this.stop(); state.mode = button.dataset.by; this.paint(); });
    }
    this.form.querySelector('select[name=threshold]')?.addEventListener('change', () => this.form.submit());
  }
  step(by) {
    if (state.mode === 'at') state.hour = Math.min(Math.max(state.hour + by, 0), this.hours.length - 1);
    state.mode = 'at';
    this.paint();
  }
  toggle() {
    if (this.timer) { this.stop(); return; }
    if (state.hour >= this.hours.length - 1) state.hour = 0;
    this.play.textContent = this.words.wordsStop;
    this.timer = setInterval(() => { if (state.hour >= this.hours.length - 1) this.stop(); else this.step(1); }, 200);
  }
  stop() { clearInterval(this.timer); this.timer = 0; this.play.textContent = this.words.wordsPlay; }
  ticks() {
    const place = this.form.querySelector('[data-ticks]');
    const last = this.hours[this.hours.length - 1] || 1;
    const draw = (moment, name) => {
      const share = (moment - this.started) / 3600e3 / last;
      if (share < 0 || share > 1) return;
      const line = document.createElementNS('http://www.w3.org/2000/svg', 'line');
      for (const end of ['x1', 'x2']) line.setAttribute(end, `${share * 100}%`);
      line.setAttribute('y1', name ? 0 : 4);
      line.setAttribute('y2', name ? 12 : 10);
      if (name) line.setAttribute('class', name);
      place.append(line);
      if (!name) return;
      const text = document.createElementNS('http://www.w3.org/2000/svg', 'text');
      text.setAttribute('x', `${share * 100}%`);
      text.setAttribute('y', 25);
      text.setAttribute('text-anchor', share < 0.03 ? 'start' : share > 0.97 ? 'end' : 'middle');
      text.textContent = this.words.wordsNow;
      place.append(text);
    };
    for (const each of this.told.values()) if (each.kind === 'place' && each.arrival_p50 && each.p >= REACHED) draw(Date.parse(each.arrival_p50));
    draw(Date.parse(document.body.dataset.now), 'now');
  }

  // ---- colour ----
  step_of(told) {
    if (state.mode === 'arrival') {
      if (!this.span || !told.arrival_p50 || !(told.p >= REACHED)) return '';
      const length = this.span[1] - this.span[0];
      return `a${length ? Math.min(9, Math.floor((10 * (Date.parse(told.arrival_p50) - this.span[0])) / length)) : 0}`;
    }
    const p = chance(told);
    return p >= 0.005 ? `p${Math.min(9, Math.floor(p * 10))}` : '';
  }
  front(told) {
    if (state.mode !== 'at' || told.kind !== 'reach' || !told.arrival_p10 || !told.arrival_p90) return false;
    const moment = this.at(state.hour);
    return Date.parse(told.arrival_p10) <= moment && moment <= Date.parse(told.arrival_p90);
  }
  paint() {
    for (const shape of this.figure.querySelectorAll('svg.drawn [data-kind]')) {
      const told = this.told.get(`${shape.dataset.kind}:${shape.dataset.code}`);
      if (!told) continue;
      const step = shape.dataset.kind === 'site' ? '' : this.step_of(told);
      shape.setAttribute('class', [shape.getAttribute('class').split(' ')[0], step && 'told', step, shape.dataset.code === this.picked && 'picked'].filter(Boolean).join(' '));
    }
    for (const band of this.figure.querySelectorAll('[data-front]')) {
      const told = this.told.get(`reach:${band.dataset.front}`);
      band.toggleAttribute('hidden', !told || !this.front(told));
    }
    for (const button of this.form.querySelectorAll('[data-by]')) button.setAttribute('aria-pressed', String(button.dataset.by === state.mode));
    for (const legend of this.form.querySelectorAll('[data-legend]')) legend.hidden = (legend.dataset.legend === 'arrival') !== (state.mode === 'arrival');
    this.slider.value = state.hour;
    const time = this.spoken(this.at(state.hour));
    this.slider.setAttribute('aria-valuetext', time);
    const shown = { at: this.words.wordsAt.replace('{time}', time), ever: this.words.wordsEver, arrival: this.words.wordsArrival }[state.mode];
    this.form.querySelector('[data-now-shown]').textContent = shown;
    this.live?.paint((told) => ({ step: told.kind === 'site' ? '' : this.step_of(told), front: this.front(told) }));
  }

  // ---- the row of what is under the pointer ----
  row(code) { return document.querySelector(`[data-reached] [data-code="${CSS.escape(code)}"]`); }
  pick(code, scroll = false) {
    if (code === this.picked && !scroll) return;
    this.picked = code;
    for (const each of document.querySelectorAll('[data-reached] .picked')) each.classList.remove('picked');
    const row = code && this.row(code);
    row?.classList.add('picked');
    if (row && scroll) row.scrollIntoView({ block: 'nearest', behavior: 'smooth' });
    const tip = this.figure.querySelector('[data-tip]');
    tip.hidden = !code;
    if (code) {
      const told = this.told.get(`place:${code}`) ?? this.told.get(`site:${code}`) ?? this.told.get(`reach:${code}`);
      const parts = row ? [row.querySelector('.when').textContent, row.querySelector('.sure')?.textContent] : [];
      tip.textContent = [told?.name, ...parts].filter(Boolean).join(' · ');
    }
    this.live?.pick(code);
    this.paint();
  }
  hover() {
    this.figure.addEventListener('pointerover', (event) => {
      const shape = event.target.closest?.('svg.drawn [data-kind]');
      if (shape) this.pick(shape.dataset.code);
    });
    this.figure.addEventListener('click', (event) => {
      const shape = event.target.closest?.('svg.drawn [data-kind]');
      if (shape) this.pick(shape.dataset.code, true);
    });
    this.figure.addEventListener('pointerleave', () => this.pick(null));
    for (const row of document.querySelectorAll('[data-reached] [data-code]')) {
      row.addEventListener('pointerenter', () => this.pick(row.dataset.code));
      row.addEventListener('focusin', () => this.pick(row.dataset.code));
      row.addEventListener('pointerleave', () => this.pick(null));
    }
  }

  // ---- the live map, when there is one for this browser ----
  async enliven() {
    const { module, worker, fallback, css } = this.figure.dataset;
    if (!module) return;
    const options = { collection: this.collection, worker, origin: this.figure.dataset.origin, onPick: (code, scroll) => this.pick(code, scroll) };
    const gl = document.createElement('canvas').getContext('webgl2') !== null;
    for (const [path, needed] of [[module, gl], [fallback, true]]) {
      if (!needed) continue;
      try {
        if (path === module) await style(css);
        const { mount } = await import(path);
        const canvas = document.createElement('div');
        canvas.className = 'canvas';
        this.figure.insertBefore(canvas, this.figure.querySelector('[data-tip]'));
        const drawn = this.figure.querySelector('svg.drawn').getBoundingClientRect();
        canvas.style.height = `${drawn.height}px`;
        try { this.live = await mount(canvas, options); } catch (problem) { canvas.remove(); throw problem; }
        new ResizeObserver(() => { canvas.style.height = `${this.figure.querySelector('svg.drawn').getBoundingClientRect().height}px`; this.live?.resize(); }).observe(this.figure);
        this.figure.classList.add('live');
        this.figure.dataset.drawn = path === module ? 'webgl' : 'canvas';
        this.paint();
        matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => { this.live.recolour(); this.paint(); });
        return;
      } catch (problem) {
        console.warn('The next map is tried:', problem.message);
      }
    }
  }
}

function style(href) {
  if (!href || document.querySelector(`link[href="${href}"]`)) return Promise.resolve();
  return new Promise((done) => {
    const link = document.createElement('link');
    link.rel = 'stylesheet';
    link.href = href;
    link.onload = link.onerror = done;
    document.head.append(link);
  });
}

// ---- the chart of a station, when it was built ----
async function charts() {
  for (const figure of document.querySelectorAll('[data-chart][data-module]:not(.live)')) {
    const data = figure.querySelector('#chart-data');
    if (!data) continue;
    const { mount } = await import(figure.dataset.module);
    const canvas = document.createElement('div');
    canvas.className = 'canvas';
    figure.append(canvas);
    figure.classList.add('live');
    mount(canvas, JSON.parse(data.textContent), figure.dataset);
  }
}

function begin() {
  charts();
  const figure = document.querySelector('[data-map][data-geojson]');
  const form = document.querySelector('[data-time]');
  if (!figure || !form || figure.dataset.begun) return;
  figure.dataset.begun = '1';
  scene?.stop?.call({ ...scene, play: {} });
  scene = new Scene(figure, form);
  scene.begin();
}
addEventListener('keydown', (event) => {
  // A wide table that has the focus is moved by the same keys, and the page's clock stands still.
  if (!scene?.hours || event.ctrlKey || event.metaKey || event.altKey || event.target.closest?.('input, textarea, select, dialog[open], .sheet, .maplibregl-map')) return;
  if (event.key === 'ArrowLeft') scene.step(-1);
  else if (event.key === 'ArrowRight') scene.step(1);
  else if (event.key === 'k') scene.toggle();
  else return;
  event.preventDefault();
});
document.body.addEventListener('page:ready', begin);
begin();
