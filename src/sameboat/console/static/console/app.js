// The frame in the browser: live changes, keys, drafts, copying.  It needs nothing from npm.

const body = document.body;
const connection = document.querySelector('[data-connection]');
const clock = (at) => at.toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit', timeZone: body.dataset.zone });

// The node's clock may be a replay: keep its distance from this machine's.
const shift = new Date(body.dataset.now) - Date.now();
const nodeNow = () => new Date(Date.now() + shift);

// ---- live: one stream for all tabs of a browser -----------------------------------------------
let heard = nodeNow();
function connected(state) {
  if (!connection) return;
  const words = connection.querySelector('.words');
  connection.dataset.state = state;
  words.textContent = state === 'live' ? body.dataset.live : body.dataset.lost.replace('{time}', clock(heard));
}
// What a page shows is as new as this: `<entry row>.<journal row>`.
let known = body.dataset.position || '0.0';
const isLater = (one, other) => { const rows = other.split('.').map(Number); return one.split('.').some((row, at) => Number(row) > rows[at]); };
function take(message) {
  if (message.type === 'open') { heard = nodeNow(); connected('live'); return; }
  if (message.type === 'lost') { connected('lost'); return; }
  if (message.type === 'beat') { heard = nodeNow(); return; }
  heard = nodeNow();
  const missed = message.type === 'position';
  if (missed && !isLater(message.position, known)) return;
  known = message.position;
  if (missed) {
    for (const name of ['entry', 'journal', 'alert', 'forecast', 'observation', 'region']) body.dispatchEvent(new CustomEvent(`live:${name}`, { detail: {} }));
    return;
  }
  const change = JSON.parse(message.data);
  for (const name of new Set([change.topic, change.source])) body.dispatchEvent(new CustomEvent(`live:${name}`, { detail: change }));
}
function listen() {
  if (!body.dataset.events) return;
  if ('SharedWorker' in window) {
    const worker = new SharedWorker(body.dataset.stream, { name: 'sameboat' });
    worker.port.onmessage = (event) => take(event.data);
    worker.port.start();
    addEventListener('pagehide', () => worker.port.postMessage('leave'));
    return;
  }
  const source = new EventSource(body.dataset.events);
  source.onopen = () => take({ type: 'open' });
  source.onerror = () => take({ type: 'lost' });
  for (const type of ['change', 'position']) source.addEventListener(type, (event) => take({ type, data: event.data, position: event.lastEventId }));
}
listen();

// ---- changes that slid in are marked for a minute; focus and scroll stay ------------------------
const marks = (root) => new Map([...root.querySelectorAll('[data-mark]')].map((row) => [row.dataset.key || row.dataset.code, row.dataset.mark]));
let before = null;
let kept = null;
body.addEventListener('htmx:beforeSwap', (event) => {
  before = marks(event.detail.target);
  kept = { focus: document.activeElement?.id, x: scrollX, y: scrollY, open: [...document.querySelectorAll('details[open]')].map((each) => each.id || each.querySelector('summary')?.textContent) };
  // A form that someone is typing in is never swapped away.
  const active = document.activeElement;
  if (event.detail.target.contains(active) && active.matches('input:not([type=range]), textarea, select')) event.detail.shouldSwap = false;
});
body.addEventListener('htmx:afterSettle', () => {
  if (!before) return;
  for (const row of document.querySelectorAll('[data-mark]')) {
    const key = row.dataset.key || row.dataset.code;
    if (before.get(key) !== row.dataset.mark) row.classList.add('fresh');
  }
  for (const each of document.querySelectorAll('details')) if (kept.open.includes(each.id || each.querySelector('summary')?.textContent)) each.open = true;
  if (kept.focus) document.getElementById(kept.focus)?.focus({ preventScroll: true });
  scrollTo(kept.x, kept.y);
  before = null;
  ready(document);
});

// ---- keys ---------------------------------------------------------------------------------------
const keys = document.querySelector('[data-keys]');
const pages = { s: '/', f: '/forecasts/', p: '/places/', a: '/alerts/', l: '/log/', r: '/peers/', c: '/compacts/', u: '/audit/' };
let going = 0;
addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest?.('input:not([type=range]), textarea, select, dialog[open]')) return;
  if (event.key === '?') { keys?.showModal(); return; }
  if (event.key === 'g') { going = Date.now(); return; }
  if (Date.now() - going < 1200 && pages[event.key] && body.dataset.events) { location.href = pages[event.key]; return; }
  if (event.key === 't') {
    const table = document.querySelector('[data-table]');
    if (table) { table.open = !table.open; if (table.open) table.querySelector('summary').focus(); }
  }
});
document.addEventListener('click', (event) => {
  for (const menu of document.querySelectorAll('[data-menu][open]')) if (!menu.contains(event.target)) menu.open = false;
});
addEventListener('keydown', (event) => {
  if (event.key !== 'Escape') return;
  for (const menu of document.querySelectorAll('[data-menu][open]')) { menu.open = false; menu.querySelector('summary').focus(); }
});

// ---- small helps ----------------------------------------------------------------------------------
function toast(text) {
  const place = document.querySelector('[data-toasts]');
  const note = document.createElement('p');
  note.className = 'toast';
  note.textContent = text;
  place.append(note);
  setTimeout(() => note.remove(), 6000);
}
function copyTable(button) {
  const table = document.getElementById(button.dataset.copy);
  const text = [...table.rows].map((row) => [...row.cells].map((cell) => cell.innerText.replace(/\s+/g, ' ').trim()).join('\t')).join('\n');
  const done = () => toast(button.dataset.copied);
  if (navigator.clipboard) { navigator.clipboard.writeText(text).then(done, () => select(table)); return; }
  select(table);
}
function select(table) {
  const range = document.createRange();
  range.selectNode(table);
  getSelection().removeAllRanges();
  getSelection().addRange(range);
}
// A draft survives a lost connection, a closed tab, a session that ended and a form that was
// refused.  It goes when a page of somebody signed in shows that what was sent was taken.
const drafts = () => Object.keys(sessionStorage).filter((each) => each.startsWith('draft:'));
function keepDraft(form) {
  const name = `draft:${form.dataset.draft}`;
  const fields = () => [...form.elements].filter((each) => each.name && !['hidden', 'password', 'file', 'submit'].includes(each.type) && each.name !== 'csrfmiddlewaretoken');
  const saved = JSON.parse(sessionStorage.getItem(name) || 'null');
  if (saved && !form.querySelector('[aria-invalid]')) for (const each of fields()) if (saved.said[each.name] !== undefined && !['checkbox', 'radio'].includes(each.type)) each.value = saved.said[each.name];
  const save = (sent) => sessionStorage.setItem(name, JSON.stringify({ sent, said: Object.fromEntries(fields().map((each) => [each.name, each.value])) }));
  if (saved?.sent) save(false);
  form.addEventListener('input', () => save(false));
  form.addEventListener('submit', () => { if (sessionStorage.getItem(name)) save(true); });
}
function dropTaken() {
  if (!body.dataset.events || 'failed' in body.dataset) return;
  const here = new Set([...document.querySelectorAll('form[data-draft]')].map((each) => `draft:${each.dataset.draft}`));
  for (const name of drafts()) if (!here.has(name) && JSON.parse(sessionStorage.getItem(name)).sent) sessionStorage.removeItem(name);
}
dropTaken();
function ready(root) {
  for (const button of root.querySelectorAll('[data-copy]:not([data-ready])')) {
    button.dataset.ready = '1';
    button.hidden = false;
    button.addEventListener('click', () => copyTable(button));
  }
  for (const form of root.querySelectorAll('form[data-draft]:not([data-ready])')) { form.dataset.ready = '1'; keepDraft(form); }
  for (const form of root.querySelectorAll('form[data-auto]:not([data-ready])')) {
    form.dataset.ready = '1';
    form.querySelector('button').hidden = true;
    form.addEventListener('change', () => form.requestSubmit());
  }
  root.querySelector('[data-focus]')?.focus();
  body.dispatchEvent(new CustomEvent('page:ready'));
}
// The server guards against doing a thing twice; this only spares the waiting.
document.addEventListener('submit', (event) => {
  const button = event.submitter;
  if (!button || event.target.method === 'dialog' || event.target.method === 'get') return;
  setTimeout(() => { button.setAttribute('aria-disabled', 'true'); }, 0);
  if (event.target.dataset.sent) { event.preventDefault(); return; }
  event.target.dataset.sent = '1';
});
addEventListener('pageshow', (event) => { if (event.persisted) for (const form of document.forms) delete form.dataset.sent; });
ready(document);
