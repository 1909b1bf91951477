// report.js — tables that sort, and learning curves with values under the pointer and series switched on and off.
'use strict';

// Numbers where every value is one; a missing value comes last in both directions.
function sortTable(button) {
  const head = button.closest('th'), table = head.closest('table'), body = table.tBodies[0];
  const column = head.cellIndex, falling = head.getAttribute('aria-sort') === 'ascending';
  for (const th of table.tHead.rows[0].cells) th.removeAttribute('aria-sort');
  head.setAttribute('aria-sort', falling ? 'descending' : 'ascending');
  const rows = [...body.rows].map((row, index) => {
    const cell = row.cells[column], value = cell.dataset.v;
    const number = value === undefined ? NaN : value === 'inf' ? Infinity : value === '-inf' ? -Infinity : +value;
    return {row, index, number, text: cell.textContent.trim(), numeric: value !== undefined};
  });
  const sign = falling ? -1 : 1;
  rows.sort((a, b) => {
    if (a.numeric && b.numeric) {
      if (isNaN(a.number) || isNaN(b.number)) return isNaN(a.number) - isNaN(b.number) || a.index - b.index;
      if (a.number !== b.number) return sign * (a.number < b.number ? -1 : 1);
      return a.index - b.index;
    }
    return sign * a.text.localeCompare(b.text, 'en', {numeric: true}) || a.index - b.index;
  });
  body.append(...rows.map(r => r.row));
}

for (const head of document.querySelectorAll('table.sortable thead th')) {
  const button = document.createElement('button');
  button.type = 'button';
  button.title = 'sort by this column';
  button.append(...head.childNodes);
  head.append(button);
  button.addEventListener('click', () => sortTable(button));
}

// What is wider than its box says so: shadows at the edges where more is, and a line of words. Of the columns that
// name a row as many stay in sight as leave room for the others, the last ones first.
const SHARE_KEPT = 0.62;
function keepColumns(box, table) {
  const heads = [...table.tHead.rows[0].cells], keys = heads.filter(th => th.classList.contains('key'));
  const widths = keys.map(th => th.getBoundingClientRect().width);
  let from = keys.length;
  for (let room = SHARE_KEPT * box.clientWidth; from > 0 && widths[from - 1] <= room; --from) room -= widths[from - 1];
  // A single name as wide as the box still tells the rows apart.
  from = Math.min(from, keys.length - 1);
  const wide = box.scrollWidth > box.clientWidth + 1;
  for (const row of table.rows) {
    let left = 0;
    for (let k = 0; k < keys.length; ++k) {
      const cell = row.cells[k], kept = wide && k >= from;
      cell.classList.toggle('kept', kept);
      cell.classList.toggle('last', kept && k === keys.length - 1);
      cell.style.setProperty('left', kept ? `${left}px` : '');
      if (kept) left += widths[k];
    }
  }
}
function cue(box) {
  const more = box.scrollWidth - box.clientWidth, frame = box.closest('.frame');
  frame.classList.toggle('wide', more > 1);
  frame.classList.toggle('left', box.scrollLeft > 1);
  frame.classList.toggle('right', box.scrollLeft < more - 1);
}
for (const box of document.querySelectorAll('.frame .scroll')) {
  const table = box.querySelector('table');
  const measure = () => {
    if (table) keepColumns(box, table);
    cue(box);
  };
  new ResizeObserver(measure).observe(box);
  if (table) new ResizeObserver(measure).observe(table);
  box.addEventListener('scroll', () => cue(box), {passive: true});
  box.querySelector('img')?.addEventListener('load', measure);
  measure();
}

// The palette of the figures (Okabe and Ito 2008, without yellow), black as the text is.
const COLOURS = ['#0072B2', '#D55E00', '#009E73', '#CC79A7', '#56B4E9', '#E69F00', ''];
const DASHES = [[], [12, 4], [3, 3], [12, 4, 3, 4], [18, 4, 3, 4, 3, 4]];
const dark = matchMedia('(prefers-color-scheme: dark)');
const themed = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
// On dark paper the two darkest colours are lifted.
const LIFTED = {'#0072B2': '#3a9bd9', '#009E73': '#1fbf93'};
function colour(style) {
  const plain = COLOURS[(style - 1) % COLOURS.length];
  return plain === '' ? themed('--ink') : dark.matches && LIFTED[plain] || plain;
}
const dash = style => DASHES[(style - 1) % DASHES.length];

// Curves with the same values: of a period of 24 pixels each paints a part and leaves the rest to those below.
function dashesOf(curves, styles) {
  const groups = new Map();
  curves.forEach((curve, i) => {
    const key = JSON.stringify([curve.x, curve.mean]);
    groups.set(key, [...groups.get(key) ?? [], i]);
  });
  const of = styles.map(dash), shared = [...groups.values()].filter(group => group.length > 1);
  for (const group of shared)
    group.forEach((i, m) => {
      const painted = 24 * (group.length - m) / group.length;
      of[i] = m === 0 ? [] : [painted, 24 - painted];
    });
  return {of, groups: shared};
}

// A title within a sentence.
const lowered = title => title[0].toLowerCase() + title.slice(1);

// A number with a true minus.
const minus = number => String(number).replaceAll('-', '\u2212');

// Epochs and steps have no fractions.
const WHOLE = [0, 1, 2, 3, 4, 5, 6, 7].flatMap(k => [1, 2, 5].map(m => m * 10 ** k));

class Curves {
  constructor(root, networks) {
    this.root = root;
    this.networks = networks;
    this.off = new Set();  // labels of the optimizers that are switched off
    this.field = name => root.querySelector(`[data-is=${name}]`);
    for (const name of ['network', 'quantity', 'clock', 'log', 'bands'])
      this.field(name).addEventListener('change', () => this.draw());
    this.field('all').addEventListener('click', () => this.show(true));
    this.field('none').addEventListener('click', () => this.show(false));
    this.field('plot').addEventListener('keydown', event => this.key(event));
    dark.addEventListener('change', () => this.draw());
    new ResizeObserver(() => this.resize()).observe(this.field('plot'));
    this.draw();
  }

  get network() { return this.networks[+this.field('network').value]; }

  show(on) {
    for (const box of this.field('series').querySelectorAll('input')) {
      box.checked = on;
      this.off[on ? 'delete' : 'add'](box.value);
    }
    this.draw();
  }

  size() {
    const width = Math.max(260, this.field('plot').clientWidth - 10);
    return {width, height: Math.max(280, Math.min(460, Math.round(0.5 * width)))};
  }
  resize() {
    const size = this.size();
    if (this.chart && this.chart.width !== size.width) this.chart.setSize(size);
  }

  draw() {
    const quantity = this.field('quantity').value, clock = this.field('clock').value;
    const logarithmic = this.field('log').checked, bands = this.field('bands').checked;
    const all = this.network.optimizers.map(o => ({...o, curve: o.curves[quantity][clock]}));
    const lines = all.filter(o => o.curve.x.length > 0), missing = all.filter(o => o.curve.x.length === 0);
    this.field('missing').textContent =
      missing.length ? 'No curve: ' + missing.map(o => `${o.label} (${o.counts})`).join(', ') : '';
    this.unit = quantity === 'cost' ? 'nats' : '%';
    const tables = lines.map(o => [o.curve.x, o.curve.mean, o.curve.high, o.curve.low]);
    // The values in the list are these; a zero has no place on a logarithmic axis, so the line leaves it out.
    this.table = tables.length ? uPlot.join(tables) : [[]];
    const fit = values => logarithmic ? values.map(v => v > 0 ? v : null) : values;
    const data = this.table.map((values, k) => k === 0 ? values : fit(values));
    this.logarithmic = logarithmic;
    const zeros = logarithmic ? lines.filter(o => o.curve.mean.some(v => v === 0)) : [];
    this.field('zeros').textContent = zeros.length === 0 ? '' :
      'Off the logarithmic axis where they are 0: ' + zeros.map(o => o.label).join(', ') + '.';
    this.dashes = dashesOf(lines.map(o => o.curve), lines.map(o => o.style));
    const together = this.dashes.groups.map(group => group.map(i => lines[i].label).join(' and ')).join('; ');
    this.field('together').textContent =
      together === '' ? '' : `Lines that coincide are dashed over each other: ${together}.`;
    const ink = themed('--ink'), grid = {stroke: themed('--line'), width: 1};
    const axis = {stroke: ink, grid, ticks: grid, font: '13px system-ui, sans-serif',
                  labelFont: '13px system-ui, sans-serif'};
    const series = [{label: clock}];
    const filled = [];
    for (const [i, o] of lines.entries()) {
      const stroke = colour(o.style), shown = !this.off.has(o.label);
      const quiet = {stroke: 'transparent', width: 0, points: {show: false}, spanGaps: true, show: shown && bands};
      series.push({label: o.label, stroke, width: 2, dash: this.dashes.of[i], spanGaps: true, show: shown,
                   points: {show: o.curve.x.length === 1, size: 7, fill: stroke}});
      series.push({...quiet, label: o.label + ' high'}, {...quiet, label: o.label + ' low'});
      if (bands) filled.push({series: [series.length - 2, series.length - 1], fill: stroke + '2b'});
    }
    this.chart?.destroy();
    this.lines = lines;
    this.chart = new uPlot({
      ...this.size(),
      legend: {show: false},
      cursor: {y: false, focus: {prox: -1}, drag: {x: true, y: false}},
      scales: {x: {time: false}, y: {distr: logarithmic ? 3 : 1}},
      axes: [
        {...axis, label: this.network.clocks[clock], ...(clock === 'seconds' ? {} : {incrs: WHOLE})},
        {...axis, size: 64, label: this.field('quantity').selectedOptions[0].text + ` (${this.unit})` +
           (logarithmic ? ', logarithmic axis' : ''),
         values: (_, ticks) => ticks.map(v => v === null ? null : minus(+v.toPrecision(12)))},
      ],
      series, bands: filled,
      hooks: {setCursor: [() => this.values()]},
    }, data, this.field('plot'));
    this.list();
  }

  // The optimizers of the network with their switches; kept where they are the same, so that the focus stays.
  list() {
    const list = this.field('series'), names = this.lines.map(o => o.label).join('\n');
    if (list.dataset.of !== names) {
      list.dataset.of = names;
      list.replaceChildren(...this.lines.map(o => this.entry(o)));
    }
    [...list.querySelectorAll('line')].forEach((line, i) => {
      line.setAttribute('stroke', colour(this.lines[i].style));
      line.setAttribute('stroke-dasharray', this.dashes.of[i].map(d => d / 2).join(' '));
    });
    this.values();
  }

  entry(o) {
    const entry = document.getElementById('series-entry').content.cloneNode(true);
    const box = entry.querySelector('input');
    box.value = o.label;
    box.checked = !this.off.has(o.label);
    box.addEventListener('change', () => {
      this.off[box.checked ? 'delete' : 'add'](o.label);
      this.draw();
    });
    entry.querySelector('.name').textContent = `${o.label} (${o.counts})`;
    return entry;
  }

  // Under the cursor the value there, else the last one. Between its points a curve keeps the value before.
  values() {
    const {idx} = this.chart.cursor, data = this.table, last = data[0].length - 1;
    const at = idx ?? last;
    const where = this.field('where');
    where.textContent = last < 0 ? 'no completed trials' :
      (idx == null ? 'at the end' : `at ${+data[0][at].toPrecision(4)}`) + ` (${lowered(this.chart.axes[0].label)})`;
    this.field('series').querySelectorAll('output').forEach((output, i) => {
      const find = k => {
        for (let j = at; j >= 0; --j) if (data[k][j] != null) return data[k][j];
        return null;
      };
      const [mean, high, low] = [1, 2, 3].map(k => find(3 * i + k));
      const text = v => v === null ? '–' : v === 0 ? '0' : minus(v.toPrecision(3));
      output.textContent = mean === null ? '–' : `${text(mean)} [${text(low)}, ${text(high)}]` +
        (this.logarithmic && mean <= 0 ? ', off the axis' : '');
    });
  }

  key(event) {
    const x = this.chart.data[0], now = this.chart.cursor.idx ?? x.length - 1;
    const to = {ArrowLeft: now - 1, ArrowRight: now + 1, Home: 0, End: x.length - 1}[event.key];
    if (to === undefined || x.length === 0) return;
    event.preventDefault();
    const index = Math.max(0, Math.min(x.length - 1, to));
    this.chart.setCursor({left: this.chart.valToPos(x[index], 'x'), top: this.chart.over.clientHeight / 2});
  }
}

const root = document.getElementById('curves-app');
if (root) {
  const networks = JSON.parse(document.getElementById('curves-data').textContent);
  root.hidden = false;
  window.symoptCurves = new Curves(root, networks);
}
