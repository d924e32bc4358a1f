'use strict';
(() => {
  const all = (root, query) => Array.from(root.querySelectorAll(query));
  const connection = document.querySelector('.connection');
  const say = text => {
    if (connection.textContent !== text) {
      connection.textContent = text;
    }
  };

  // A region that cannot be scrolled is no stop of the keyboard.
  const stops = () => all(document, '.wide').forEach(region => {
    if (region.scrollWidth > region.clientWidth + 1) {
      region.setAttribute('tabindex', '0');
    } else {
      region.removeAttribute('tabindex');
    }
  });

  // A part that is exchanged keeps how far it was scrolled, and the focus. What differs is told by what came, not by what
  // became of it here.
  const came = new Map();
  const exchange = (now, next) => {
    const scrolled = all(now, '.wide').map(region => region.scrollLeft);
    const focused = all(now, 'a, .wide').indexOf(document.activeElement);
    now.replaceWith(next);
    all(next, '.wide').forEach((region, index) => {
      region.scrollLeft = scrolled[index] || 0;
    });
    stops();
    const again = focused < 0 ? null : all(next, 'a, .wide')[focused];
    if (again) {
      again.focus({preventScroll: true});
    }
  };
  const show = html => {
    const page = new DOMParser().parseFromString(html, 'text/html');
    document.title = page.title;
    all(page, '[data-live]').forEach(next => {
      const now = document.getElementById(next.id);
      const text = next.outerHTML;
      if (now && came.get(next.id) !== text) {
        came.set(next.id, text);
        exchange(now, document.adoptNode(next));
      }
    });
  };

  const events = new EventSource('events');
  let ended = false;
  events.addEventListener('run', event => {
    show(event.data);
    say('Follows the run by itself.');
  });
  events.addEventListener('end', event => {
    ended = true;
    show(event.data);
    events.close();
    say('The process of this run has ended; this is how it left it.');
  });
  events.addEventListener('error', () => {
    if (!ended) {
      say('The process of this run cannot be reached; trying again. What is shown may be old.');
    }
  });
  stops();
  addEventListener('resize', stops);
})();
