// What a page must have for those who hear it, read it in one language, or hold a phone.
({
  heard() {
    const wrong = [];
    const shown = (each) => each.checkVisibility({ visibilityProperty: true });
    const text = (each) => (each?.textContent ?? '').trim();
    const tell = (what, each) => wrong.push(`${what}: ${each.outerHTML.slice(0, 120)}`);
    const named = (each) => each.getAttribute('aria-label')?.trim()
      || (each.getAttribute('aria-labelledby') ?? '').split(' ').map((id) => text(document.getElementById(id))).join('')
      || each.getAttribute('title')?.trim();
    const count = (selector, wanted) => {
      const found = [...document.querySelectorAll(selector)].filter(shown).length;
      if (found !== wanted) wrong.push(`${found} × ${selector}, not ${wanted}`);
    };
    count('h1', 1); count('main', 1); count('body > header', 1);
    if (!document.title.trim()) wrong.push('no title');
    for (const each of document.querySelectorAll('nav, [role=region], [role=group]')) if (!named(each)) tell('no name', each);
    for (const each of document.querySelectorAll('input:not([type=hidden]), select, textarea'))
      if (![...(each.labels ?? [])].some(text) && !named(each)) tell('no label', each);
    for (const each of document.querySelectorAll('button, a[href], summary'))
      if (shown(each) && !text(each) && !named(each) && !each.querySelector('img[alt]:not([alt=""])')) tell('no name', each);
    for (const each of document.querySelectorAll('img')) if (!each.hasAttribute('alt')) tell('no alternative', each);
    for (const each of document.querySelectorAll('svg, canvas')) {
      if (!shown(each) || each.closest('[aria-hidden=true], [role=img]') !== null && each.getAttribute('role') !== 'img') continue;
      if (each.getAttribute('role') === 'img' ? !named(each) : each.tagName === 'svg') tell('picture without a name', each);
    }
    for (const each of document.querySelectorAll('fieldset')) if (!text(each.querySelector(':scope > legend'))) tell('no legend', each);
    for (const each of document.querySelectorAll('table')) if (!each.querySelector('th')) tell('no head', each);
    for (const each of document.querySelectorAll('[tabindex]')) if (each.tabIndex > 0) tell('jumps the order', each);
    for (const each of document.querySelectorAll('[aria-describedby], [aria-labelledby], label[for]'))
      for (const id of (each.getAttribute('aria-describedby') ?? each.getAttribute('aria-labelledby') ?? each.htmlFor).split(' '))
        if (!document.getElementById(id)) tell(`points to ${id}, which is not there`, each);
    const ids = [...document.querySelectorAll('[id]')].map((each) => each.id);
    for (const id of new Set(ids.filter((each, at) => ids.indexOf(each) !== at))) wrong.push(`id ${id} twice`);
    let before = 0;
    for (const each of document.querySelectorAll('main h1, main h2, main h3, main h4')) {
      if (!shown(each)) continue;
      const level = Number(each.tagName[1]);
      if (level > before + 1) tell(`h${level} after h${before}`, each);
      before = level;
    }
    return wrong;
  },

  words() {
    const own = document.documentElement.lang;
    const parts = 'title, h1, h2, h3, th, label, legend, button, summary, dt, caption, nav a, .button, .hint, .badge, .empty p, .crumbs a, option, output';
    const read = (node) => {
      if (node.nodeType === Node.TEXT_NODE) return node.data;
      if (node.nodeType !== Node.ELEMENT_NODE || node.matches('.mono, code, kbd, script, style')) return '';
      if (node.lang && node.lang !== own) return '';
      return [...node.childNodes].map(read).join('');
    };
    return [...document.querySelectorAll(parts)]
      .filter((each) => each.closest('[lang]').lang === own && !each.matches('[data-menu] > summary'))
      .map((each) => read(each).replace(/\s+/g, ' ').trim()).filter(Boolean);
  },

  tooWide() {
    const room = innerWidth;
    if (document.documentElement.scrollWidth <= room) return [];
    return [...document.querySelectorAll('body *')]
      .filter((each) => each.getBoundingClientRect().right > room + 1 && !each.closest('.sheet, .canvas, pre'))
      .map((each) => each.outerHTML.slice(0, 100)).slice(0, 5).concat([`${document.documentElement.scrollWidth} px`]);
  },
})
