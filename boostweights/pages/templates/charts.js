/* Charts: a Vega view each; the page hands a chart its rows by name. */
const charts = JSON.parse(at("charts").textContent);
const views = new Map(), waiting = new Map();

/* Before a chart is there, the latest rows wait for it; it may have been hidden when it was made. */
function draw(name, rows, height = null) {
  const view = views.get(name);
  if (!view) {
    waiting.set(name, {...waiting.get(name), ...rows});
    return Promise.resolve();
  }
  for (const [key, values] of Object.entries(rows)) view.data(key, structuredClone(values));  // Vega writes into its rows
  const sized = view.width(view.container().clientWidth);
  return (height ? sized.height(height) : sized).resize().runAsync();
}

/* Vega warns of every layer that has no rows: errors alone are logged. */
const makeCharts = (heightOf = () => null) => Promise.all([...document.querySelectorAll("[data-chart]")].map(async (place) => {
  const name = place.dataset.chart, rows = structuredClone(waiting.get(name) ?? {});
  const height = heightOf(rows) ?? charts[name].height;
  const chart = {...charts[name], height, datasets: {...charts[name].datasets, ...rows}};
  views.set(name, (await vegaEmbed(place, chart, {actions: false, renderer: "svg", ast: true, logLevel: 1})).view);
}));
