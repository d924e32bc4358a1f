'use strict';
// Runs in a page around the one that is looked at, whose own policy stays as it is. Writes a line per fault.
const faults = [];
const out = document.getElementById('result');

const channels = colour => {
  const parts = colour.match(/[\d.]+/g).map(Number);
  // A mixed colour is told in shares of one.
  if (colour.startsWith('color(srgb ')) for (let i = 0; i < 3; i++) parts[i] *= 255;
  return parts.length === 3 ? parts.concat(1) : parts;
};
const luminance = colour => {
  const [r, g, b] = colour.slice(0, 3).map(c => c / 255).map(c => c > 0.04045 ? Math.pow((c + 0.055) / 1.055, 2.4) : c / 12.92);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
// WCAG 2.2, 1.4.3.
const contrast = (a, b) => {
  const [x, y] = [luminance(a), luminance(b)].sort((p, q) => q - p);
  return (x + 0.05) / (y + 0.05);
};
const behind = (view, element) => {
  const svg = element.closest('svg');
  if (svg) {
    const at = element.getBoundingClientRect();
    const x = at.x + at.width / 2;
    const y = at.y + at.height / 2;
    const rect = Array.from(svg.querySelectorAll('rect')).reverse().find(each => {
      const box = each.getBoundingClientRect();
      return box.left <= x && x <= box.right && box.top <= y && y <= box.bottom;
    });
    if (rect) {
      return channels(view.getComputedStyle(rect).fill);
    }
  }
  for (let each = element; each; each = each.parentElement) {
    const colour = channels(view.getComputedStyle(each).backgroundColor);
    if (colour[3] > 0.99) {
      return colour;
    }
  }
  return [255, 255, 255, 1];
};

const look = (frame, width) => {
  const view = frame.contentWindow;
  const page = frame.contentDocument;
  page.querySelectorAll('details').forEach(details => {
    details.open = true;
  });
  if (page.documentElement.scrollWidth > width) {
    faults.push(width + ' px: the page is ' + page.documentElement.scrollWidth + ' px wide');
  }
  let texts = 0;
  let lowest = 99;
  for (const element of page.body.querySelectorAll('*')) {
    const own = Array.from(element.childNodes).some(node => node.nodeType === 3 && node.textContent.trim());
    if (!own || ['SCRIPT', 'STYLE', 'title', 'desc'].includes(element.tagName)) {
      continue;
    }
    const style = view.getComputedStyle(element);
    const colour = channels(element.closest('svg') ? style.fill : style.color);
    const ratio = contrast(colour, behind(view, element));
    texts++;
    lowest = Math.min(lowest, ratio);
    if (ratio < 4.5) {
      faults.push(width + ' px: contrast ' + ratio.toFixed(2) + ' of "' + element.textContent.trim().slice(0, 40) + '"');
    }
    if (parseFloat(style.fontSize) * (element.closest('svg') ? element.closest('svg').getBoundingClientRect().width
        / element.closest('svg').viewBox.baseVal.width : 1) < 8.5) {
      faults.push(width + ' px: "' + element.textContent.trim().slice(0, 40) + '" has less than 8.5 pixels');
    }
  }
  const jumps = page.querySelectorAll('[tabindex]:not([tabindex="0"]):not([tabindex="-1"])').length;
  if (jumps) {
    faults.push(width + ' px: ' + jumps + ' elements change the order of the keyboard');
  }
  const saving = page.querySelectorAll('.take button').length;
  return 'looked at ' + texts + ' texts at ' + width + ' px, ' + saving + ' buttons, dark ' + view.matchMedia('(prefers-color-scheme: dark)').matches
    + ', lowest contrast ' + lowest.toFixed(2);
};

window.addEventListener('load', () => {
  try {
    const seen = Array.from(document.querySelectorAll('iframe')).map(frame => look(frame, Number(frame.width)));
    out.textContent = 'BEGIN\n' + seen.concat(faults.map(fault => 'FAULT ' + fault)).join('\n') + '\nEND';
  } catch (error) {
    out.textContent = 'BEGIN\nFAULT ' + error.message + '\nEND';
  }
});
