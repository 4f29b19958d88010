// One EventSource for all tabs of a browser: a shared worker that passes on what it hears.
const ports = new Set();
let source = null;
let last = null;
let position = null;
const tell = (message) => { for (const port of ports) port.postMessage(message); };
function open() {
  source = new EventSource('/events');
  source.onopen = () => { last = 'open'; tell({ type: 'open' }); };
  source.onerror = () => {
    last = 'lost';
    tell({ type: 'lost' });
    // A refused stream (signed out, node restarting) is not retried by the browser itself.
    if (source.readyState === EventSource.CLOSED) setTimeout(() => { if (ports.size) open(); }, 5000);
  };
  const pass = (type) => (event) => { position = event.lastEventId; tell({ type, data: event.data, position }); };
  for (const type of ['change', 'position']) source.addEventListener(type, pass(type));
}
self.onconnect = (event) => {
  const port = event.ports[0];
  ports.add(port);
  port.onmessage = (message) => {
    if (message.data !== 'leave') return;
    ports.delete(port);
    if (!ports.size && source) { source.close(); source = null; }
  };
  port.start();
  if (!source || source.readyState === EventSource.CLOSED) open();
  else if (last) {
    port.postMessage({ type: last });
    if (position) port.postMessage({ type: 'position', position });
  }
};
