//<![CDATA[
'use strict';
(() => {
  const all = (root, query) => Array.from(root.querySelectorAll(query));
  const make = (name, text, attributes) => {
    const element = document.createElement(name);
    element.textContent = text;
    Object.entries(attributes || {}).forEach(([key, value]) => element.setAttribute(key, value));
    return element;
  };

  // A region that cannot be scrolled is no stop of the keyboard.
  const stops = () => all(document, '.wide, .plot, pre').forEach(region => {
    if (region.scrollWidth > region.clientWidth + 1) {
      region.setAttribute('tabindex', '0');
    } else {
      region.removeAttribute('tabindex');
    }
  });
  stops();
  addEventListener('resize', stops);
  all(document, 'details').forEach(details => details.addEventListener('toggle', stops));

  // What a cell says without its small print.
  const plain = cell => Array.from(cell.childNodes)
    .filter(node => node.nodeName !== 'SMALL' && !(node.classList && node.classList.contains('tag')))
    .map(node => node.nodeName === 'BR' ? ' ' : node.textContent).join('').replace(/\s+/g, ' ').trim();
  const small = cell => all(cell, 'small').map(each => each.textContent.trim()).filter(each => each);
  const number = text => {
    const match = /^[\u2212+-]?[\d,]*\.?\d+(e[\u2212+-]?\d+)?/.exec(text);
    return match ? Number(match[0].replace(/,/g, '').replace(/\u2212/g, '-')) : NaN;
  };
  const compare = (a, b) => {
    const x = number(a);
    const y = number(b);
    if (Number.isNaN(x) !== Number.isNaN(y)) {
      return Number.isNaN(x) ? 1 : -1;
    }
    return Number.isNaN(x) ? a.localeCompare(b) : x - y;
  };
  const column = (row, index) => {
    let at = 0;
    for (const cell of row.cells) {
      if (index >= at && index < at + cell.colSpan) {
        return plain(cell);
      }
      at += cell.colSpan;
    }
    return '';
  };

  const sortable = table => {
    const body = table.tBodies[0];
    const given = Array.from(body.rows);
    const heads = Array.from(table.tHead.rows[0].cells);
    heads.forEach((head, index) => {
      const button = make('button', '', {type: 'button'});
      while (head.firstChild) {
        button.append(head.firstChild);
      }
      head.append(button);
      head.setAttribute('aria-sort', 'none');
      button.addEventListener('click', () => {
        const next = {none: 'ascending', ascending: 'descending', descending: 'none'}[head.getAttribute('aria-sort')];
        heads.forEach(other => other.setAttribute('aria-sort', 'none'));
        head.setAttribute('aria-sort', next);
        const rows = given.slice();
        if (next !== 'none') {
          const sign = next === 'ascending' ? 1 : -1;
          // What has no value stays last either way.
          rows.sort((a, b) => {
            const order = compare(column(a, index), column(b, index));
            const gaps = [a, b].filter(row => Number.isNaN(number(column(row, index)))).length === 1;
            return gaps ? order : sign * order;
          });
        }
        body.append(...rows);
      });
    });
  };

  const filterable = table => {
    const rows = Array.from(table.tBodies[0].rows);
    const count = make('span', rows.length + ' rows', {role: 'status'});
    const label = make('label', 'Filter rows ');
    const input = make('input', '', {type: 'search'});
    label.append(input);
    const tools = make('p', '', {'class': 'tools'});
    tools.append(label, count);
    table.closest('.wide').before(tools);
    input.addEventListener('input', () => {
      const words = input.value.toLowerCase().split(/\s+/).filter(word => word);
      rows.forEach(row => {
        const text = row.textContent.toLowerCase();
        row.hidden = !words.every(word => text.includes(word));
      });
      const shown = rows.filter(row => !row.hidden).length;
      count.textContent = shown === rows.length ? rows.length + ' rows' : shown + ' of ' + rows.length + ' rows';
    });
  };
  all(document, 'table.sort').forEach(table => {
    if (table.tBodies[0].rows.length > 1) {
      sortable(table);
    }
    if (table.tBodies[0].rows.length > 7) {
      filterable(table);
    }
  });

  // Files, made when they are asked for.
  const save = (name, type, text) => {
    const link = make('a', '', {download: name, href: URL.createObjectURL(new Blob([text], {type}))});
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(link.href), 60000);
  };
  const title = document.querySelector('h1').textContent.replace(/[^A-Za-z0-9._-]+/g, '-');
  const cells = row => Array.from(row.cells).flatMap(cell =>
    [[plain(cell), ...small(cell)].filter(each => each)].concat(Array.from({length: cell.colSpan - 1}, () => [])));
  const field = text => {
    const ascii = text.replace(/\u2212/g, '-').replace(/^(-?\d{1,3}(,\d{3})+)(?!\S)/, digits => digits.replace(/,/g, ''))
      .replace(/^\u2014$/, '');
    return /[",\r\n]/.test(ascii) ? '"' + ascii.replace(/"/g, '""') + '"' : ascii;
  };
  const csv = table => Array.from(table.rows).filter(row => !row.hidden)
    .map(row => cells(row).map(parts => field(parts.join(' '))).join(',') + '\r\n').join('');
  const tex = text => text.replace(/[\\{}$&#%_^~]/g, sign =>
    ({'\\': '\\textbackslash{}', '^': '\\textasciicircum{}', '~': '\\textasciitilde{}'})[sign] || '\\' + sign)
    .replace(/\u2212/g, '$-$').replace(/\u2013/g, '--').replace(/\u2014/g, '---').replace(/\u00b7/g, '$\\cdot$')
    .replace(/\u00d7/g, '$\\times$').replace(/\u2192/g, '$\\to$').replace(/\u221e/g, '$\\infty$').replace(/\u00b1/g, '$\\pm$');
  const latex = table => {
    const line = row => cells(row).map(([first, ...more]) =>
      tex(first || '') + more.map(each => ' {\\scriptsize ' + tex(each) + '}').join('')).join(' & ') + ' \\\\\n';
    const last = table.tBodies[0].rows[0];
    const columns = last ? Array.from(last.cells).flatMap(cell => Array.from({length: cell.colSpan}, () =>
      cell.classList.contains('t') ? 'l' : 'r')).join('') : 'l';
    return '% \\usepackage{booktabs}\n\\begin{table}\n\\caption{' + tex(table.caption.textContent.replace(/^Table \d+\.\s*/, ''))
      + '}\n\\begin{tabular}{' + columns + '}\n\\toprule\n'
      + (table.tHead ? Array.from(table.tHead.rows).map(line).join('') + '\\midrule\n' : '')
      + Array.from(table.tBodies[0].rows).filter(row => !row.hidden).map(line).join('') + '\\bottomrule\n\\end{tabular}\n\\end{table}\n';
  };
  const take = (after, entries) => {
    const line = make('p', '', {'class': 'take'});
    entries.forEach(([word, label, action]) => {
      const button = make('button', word, {type: 'button', 'aria-label': label});
      button.addEventListener('click', action);
      line.append(button);
    });
    after.after(line);
  };
  all(document, 'figure').forEach(figure => {
    const name = figure.querySelector('figcaption b').textContent.replace('.', '');
    const file = title + '-' + name.toLowerCase().replace(' ', '-') + '.svg';
    const svg = () => save(file, 'image/svg+xml', new XMLSerializer().serializeToString(figure.querySelector('svg')));
    take(figure.querySelector('figcaption'), [['SVG', name + ' as SVG', svg]]);
  });
  all(document, '.wide').forEach(region => {
    const table = region.querySelector('table');
    const name = table.caption.querySelector('b').textContent.replace('.', '');
    const file = title + '-' + name.toLowerCase().replace(' ', '-');
    take(region, [
      ['CSV', name + ' as CSV', () => save(file + '.csv', 'text/csv', csv(table))],
      ['LaTeX', name + ' as LaTeX', () => save(file + '.tex', 'text/x-tex', latex(table))]]);
  });

  // A mark and the row of a table that says the same light up together.
  const light = (key, on) => all(document, '[data-row="' + CSS.escape(key) + '"]')
    .forEach(element => element.classList.toggle('lit', on));
  all(document, '[data-row]').forEach(element => {
    const key = element.dataset.row;
    ['pointerenter', 'focusin'].forEach(event => element.addEventListener(event, () => light(key, true)));
    ['pointerleave', 'focusout'].forEach(event => element.addEventListener(event, () => light(key, false)));
    if (element.closest('svg')) {
      element.addEventListener('click', () => {
        const row = document.getElementById(key);
        const details = row ? row.closest('details') : null;
        if (details) {
          details.open = true;
        }
        if (row) {
          row.scrollIntoView({block: 'nearest'});
        }
      });
    }
  });
})();
//]]>
