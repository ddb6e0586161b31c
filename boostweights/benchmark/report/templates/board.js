/* Leaderboard, effect by imbalance, heat map: all of the figure that the reader chose. */
const BINS = [[0, 5, "below 5"], [5, 20, "5 to 20"], [20, 100, "20 to 100"], [100, Infinity, "100 and more"]];

function showBoard(shown, cells) {
  const libraries = data.libraries.map((_, l) => l).filter((l) => chosen.libraries.has(l));
  const ranks = rank(cells, shown), arms = byArm(cells);
  const rows = arms.map((ofArm, arm) => ({arm, all: average(ofArm, shown),
    each: libraries.map((l) => average(ofArm.filter((cell) => data.cells.library[cell] === l), shown))}))
    .filter(({all}) => all.datasets);
  const most = Math.max(0, ...rows.map(({all}) => all.datasets)), everywhere = Math.max(0, ...rows.map(({all}) => all.pairs));
  const bestOf = (values) => (shown.metric.lower ? Math.min : Math.max)(...known(values));
  const best = ["all", ...libraries].map((_, place) =>
    bestOf(rows.filter(({all}) => all.pairs === everywhere).map((row) => (place ? row.each[place - 1] : row.all).value)));
  const cell = ({value, difference, below}, place, row) => marked(numberCell(fixed(value), value,
    row.arm === baselineArm ? null : small(signed(difference), toneOf(difference, shown.metric)),
    {class: row.all.pairs === everywhere && value === best[place] ? "best" : null}), below);
  fillTable(at("board"),
    [{text: "trained as", number: false, up: true},
      ...["all", ...libraries.map((l) => data.libraries[l])].map((text) => ({text, up: shown.metric.lower})),
      {text: "mean rank", up: true}, {text: "data sets"}],
    rows.map((row) => element("tr", {"data-arm": armNames[row.arm]},
      element("th", {scope: "row"}, armNames[row.arm]),
      ...[row.all, ...row.each].map((one, place) => cell(one, place, row)),
      numberCell(fixed(ranks.rank.get(row.arm), 2), ranks.rank.get(row.arm)),
      numberCell(row.all.datasets < most ? `${row.all.datasets} of ${most}` : String(most), row.all.datasets))));
  showRanks(ranks, rows.length);
}

function showRanks(ranks, count) {
  const ordered = [...ranks.rank].filter(([, value]) => Number.isFinite(value)).sort(([, a], [, b]) => a - b);
  const least = ordered[0]?.[1], half = ranks.decides ? ranks.width / 2 : 0;
  const alike = ([, value]) => !ranks.decides || value - least < ranks.width;
  at("ranks-figure").hidden = ordered.length < 3;
  redraw("ranks", {rows: ordered.map(([arm, value], place) => ({arm: armNames[arm], rank: value, place,
    low: value - half, high: value + half, alike: alike([arm, value])}))});
  const left = count - ordered.length;
  const who = `${plural(ordered.length, "way")} to train that every chosen library has, over ${plural(ranks.families, "family", "families")}` +
    (left ? `; ${plural(left, "way")} of fewer libraries or data sets ${left === 1 ? "is" : "are"} left out` : "");
  at("ranks-text").textContent = ordered.length < 3 ? "Fewer than three ways to train: nothing to rank."
    : !ranks.decides ? `${who}. Fewer than ${data.fewest_families} families: the ranks tell nothing apart.`
    : `${who}. Critical difference ${fixed(ranks.width, 2)}: ` +
      (ordered.every(alike) ? "none is told apart from the best."
        : `the best, ${armNames[ordered[0][0]]}, is told apart from ${ordered.filter((one) => !alike(one)).map(([arm]) => armNames[arm]).join(", ")}.`);
}

function showEffect(shown, cells) {
  const arms = byArm(cells);
  const inBin = ([low, high]) => (cell) => {
    const ratio = data.datasets[data.cells.dataset[cell]].imbalance_ratio;
    return low <= ratio && ratio < high;
  };
  const bins = BINS.filter((bin) => cells.some(inBin(bin)));
  const rows = arms.map((ofArm, arm) => ({arm, means: bins.map((bin) => average(ofArm.filter(inBin(bin)), shown))}))
    .filter(({arm, means}) => arm !== baselineArm && means.some(({difference}) => Number.isFinite(difference)));
  const scale = scaleOf(rows.flatMap(({means}) => means.map(({difference}) => difference)));
  fillTable(at("bins"),
    [{text: "trained as", number: false, up: true}, ...bins.map((bin) => ({up: shown.metric.lower,
      text: `${bin[2]} (${plural(datasetsOf(cells.filter(inBin(bin))).size, "set")})`}))],
    rows.map(({arm, means}) => element("tr", {}, element("th", {scope: "row"}, armNames[arm]),
      ...means.map(({difference}) => shade(numberCell(signed(difference) || "–", difference), difference, shown.metric, scale)))));
  at("effect-section").hidden = rows.length === 0;
  showEffectChart(shown, arms[Number(at("effect-arm").value)]);
}

function showEffectChart(shown, ofArm) {
  const rows = ofArm.map((cell) => ({dataset: data.datasets[data.cells.dataset[cell]].name,
    family: data.datasets[data.cells.dataset[cell]].family, library: data.libraries[data.cells.library[cell]],
    imbalance: data.datasets[data.cells.dataset[cell]].imbalance_ratio, difference: shown.difference(cell)}))
    .filter(({imbalance, difference}) => Number.isFinite(imbalance) && Number.isFinite(difference));
  const families = [...groupBy(rows, ({family}) => family).values()].map((same) => ({
    log: mean(same.map(({imbalance}) => Math.log10(imbalance))), difference: mean(same.map(({difference}) => difference))}));
  const many = families.length >= data.fewest_families;
  const rope = shown.metric.rope;
  const furthest = [...rows].sort((a, b) => Math.abs(b.difference) - Math.abs(a.difference))[2]?.difference ?? Infinity;
  const middle = median(rows.map(({imbalance}) => imbalance)), told = new Set();
  for (const row of rows) {  // the furthest ones by their names, each once
    row.named = Math.abs(row.difference) >= Math.abs(furthest) && !told.has(row.dataset);
    row.side = row.imbalance > middle ? "right" : "left";
    if (row.named) told.add(row.dataset);
  }
  redraw("effect", {rows, families: many ? families : [], rope: rope && rows.length ? [{low: -rope, high: rope}] : []});
  const rho = many ? correlation(families.map(({log}) => log), families.map(({difference}) => difference)) : NaN;
  const band = rope ? "; the band is practical equivalence" : "";
  at("effect-text").textContent = many
    ? `Rank correlation with the imbalance, over ${families.length} families: ${signed(rho, 2)}. The line is a local regression over families${band}.`
    : `${plural(families.length, "family", "families")}: too few for a trend${band}.`;
}

function showHeat(shown, cells) {
  const asDifference = at("heat-what").value === "difference";
  const arms = armNames.map((_, arm) => arm).filter((arm) => cells.some((cell) => data.cells.arm[cell] === arm))
    .filter((arm) => !asDifference || arm !== baselineArm);
  const bySet = groupBy(cells, (cell) => data.cells.dataset[cell]);
  const measured = [...bySet.keys()].filter((d) => average(bySet.get(d), shown).datasets);
  const order = measured.sort((a, b) => data.datasets[a].imbalance_ratio - data.datasets[b].imbalance_ratio);
  const rows = order.map((d) => ({d, means: arms.map((arm) =>
    average(bySet.get(d).filter((cell) => data.cells.arm[cell] === arm), shown))}));
  const scale = scaleOf(rows.flatMap(({means}) => means.map(({difference}) => difference)));
  fillTable(at("heat"),
    [{text: "data set", number: false, up: true}, {text: "imbalance", up: true},
      ...arms.map((arm) => ({text: armNames[arm], up: shown.metric.lower}))],
    rows.map(({d, means}) => element("tr", {"data-dataset": data.datasets[d].name},
      element("th", {scope: "row"}, data.datasets[d].name),
      numberCell(fixed(data.datasets[d].imbalance_ratio, 1), data.datasets[d].imbalance_ratio),
      ...means.map(({value, difference, below}) => marked(shade(
        numberCell(asDifference ? signed(difference, 2) || "–" : fixed(value), asDifference ? difference : value),
        difference, shown.metric, scale), below)))));
}
