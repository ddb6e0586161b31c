/* The run's figures, and their means over what the reader chose. */
const columnOf = new Map(data.columns.map((name, place) => [name, place]));
const metricOf = new Map(data.metrics.map((metric) => [metric.name, metric]));
const armNames = data.arms.map((arm) => arm.name);
const baselineArm = armNames.indexOf(data.baseline);
const cellCount = data.cells.arm.length;

/* What the reader chose; of one regime, since means over several are of no models that anybody has. */
const chosen = {
  view: data.start.view, metric: data.start.metric, regime: 0,
  datasets: new Set(data.datasets.keys()), libraries: new Set(data.libraries.keys()),
};

/* (data set, library, arm) → cell, in the regime that is chosen, if no other is asked for */
const cellAt = new Map();
const keyOf = (d, l, a, r = chosen.regime) => ((r * data.datasets.length + d) * data.libraries.length + l) * armNames.length + a;
for (let cell = 0; cell < cellCount; cell++)
  cellAt.set(keyOf(data.cells.dataset[cell], data.cells.library[cell], data.cells.arm[cell], data.cells.regime[cell]), cell);

const mean = (values) => values.length ? values.reduce((sum, value) => sum + value, 0) / values.length : NaN;
const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
const groupBy = (items, key) => {
  const found = new Map();
  for (const item of items) {
    const name = key(item);
    if (!found.has(name)) found.set(name, []);
    found.get(name).push(item);
  }
  return found;
};

/* One figure in one view: number or NaN a cell. */
function figure(view, metric) {
  const place = columnOf.get(`${view}/${metric}`);
  if (place === undefined) return null;
  const values = data.values[place], partial = data.partial[place] ?? {};
  const value = (cell) => values[cell] ?? NaN;
  const skills = metric.endsWith("_skill") ? values : data.values[columnOf.get(`${view}/${metric}_skill`)];
  const base = (cell) => {
    const other = cellAt.get(keyOf(data.cells.dataset[cell], data.cells.library[cell], baselineArm));
    return other === undefined ? NaN : value(other);
  };
  return {
    metric: metricOf.get(metric), value,
    skill: (cell) => skills?.[cell] ?? NaN,
    whole: (cell) => !(cell in partial) && Number.isFinite(value(cell)),
    difference: (cell) => cell in partial ? partial[cell] ?? NaN : value(cell) - base(cell),
  };
}

const inRegime = (cell) => data.cells.regime[cell] === chosen.regime;
const isChosen = (cell) => inRegime(cell) &&
  chosen.datasets.has(data.cells.dataset[cell]) && chosen.libraries.has(data.cells.library[cell]);
const chosenCells = () => [...Array(cellCount).keys()].filter(isChosen);
const byArm = (cells) => {
  const found = groupBy(cells, (cell) => data.cells.arm[cell]);
  return armNames.map((_, arm) => found.get(arm) ?? []);
};
const datasetsOf = (cells) => new Set(cells.map((cell) => data.cells.dataset[cell]));

/* Means over data sets and libraries of some cells. */
function average(cells, shown) {
  const measured = cells.filter((cell) => Number.isFinite(shown.value(cell)));
  return {
    value: mean(measured.map(shown.value)),
    difference: mean(known(measured.map(shown.difference))),
    datasets: datasetsOf(measured).size, pairs: measured.length, below: mean(measured.map(shown.skill)) < 0,
  };
}

/* Mean ranks over families, of the arms that every chosen library has that trained an unweighted model; as `ranking` in Python. */
function rank(cells, shown) {
  const whole = cells.filter(shown.whole);
  const has = new Set(whole.map((cell) => `${data.cells.library[cell]} ${data.cells.arm[cell]}`));
  const libraries = [...new Set(cells.map((cell) => data.cells.library[cell]))]
    .filter((library) => baselineArm < 0 || has.has(`${library} ${baselineArm}`));
  const arms = armNames.map((_, arm) => arm).filter((arm) =>
    libraries.length && libraries.every((library) => has.has(`${library} ${arm}`)));
  const blocks = [];
  for (const [d, ofDataset] of groupBy(whole, (cell) => data.cells.dataset[cell])) {
    const rows = [];
    for (const [l] of groupBy(ofDataset, (cell) => data.cells.library[cell])) {
      const row = arms.map((arm) => cellAt.get(keyOf(d, l, arm)));
      if (row.every((cell) => cell !== undefined && shown.whole(cell))) rows.push(row.map(shown.value));
    }
    if (rows.length) blocks.push({family: data.datasets[d].family, row: averageRows(rows)});
  }
  const families = [...groupBy(blocks, (block) => block.family).values()].map((same) => averageRows(same.map(({row}) => row)));
  const ranks = families.map((row) => ranksOf(row, shown.metric.lower));
  const means = ranks.length ? averageRows(ranks) : [];
  const k = arms.length, n = families.length;
  const width = k >= 3 && n ? data.quantiles[k] * Math.sqrt(k * (k + 1) / (6 * n)) : NaN;
  return {rank: new Map(arms.map((arm, place) => [arm, means[place]])), families: n, width,
    decides: k >= 3 && n >= data.fewest_families};
}

const averageRows = (rows) => rows[0].map((_, place) => mean(rows.map((row) => row[place])));

/* Ranks from 1, ties shared. */
function ranksOf(row, lower) {
  const better = (a, b) => lower ? a < b : a > b;
  return row.map((value) =>
    1 + row.filter((other) => better(other, value)).length + (row.filter((other) => other === value).length - 1) / 2);
}

/* Spearman's rank correlation. */
function correlation(x, y) {
  const [a, b] = [ranksOf(x, true), ranksOf(y, true)];
  const [ma, mb] = [mean(a), mean(b)];
  const of = (f) => a.reduce((sum, _, place) => sum + f(a[place] - ma, b[place] - mb), 0);
  const scale = Math.sqrt(of((p) => p * p) * of((_, q) => q * q));
  return scale ? of((p, q) => p * q) / scale : 0;
}

const signed = (value, digits = 3) =>
  !Number.isFinite(value) ? "" : (Number(fixed(value, digits)) ? (value < 0 ? "−" : "+") : "") + fixed(Math.abs(value), digits);
const short = (value) => Number.isFinite(value)
  ? new Intl.NumberFormat("en", {maximumSignificantDigits: 4, maximumFractionDigits: 3}).format(value) : "–";
const toneOf = (value, metric) => !metric.toned || !(Math.abs(value) >= 0.0005) ? "same" : (value < 0) === metric.lower ? "better" : "worse";
const plural = (count, one, many = `${one}s`) => `${count} ${count === 1 ? one : many}`;
