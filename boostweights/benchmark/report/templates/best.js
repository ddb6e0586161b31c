/* What is best for a need, in a regime and library; the default stands in the page already. */
const boards = new Map(data.boards.map((board) => [`${board.goal}/${board.regime}/${board.library}`, board]));

function bestLine(difference, low, high, reach) {
  const place = (value) => `${50 + 50 * value / reach}%`;
  const line = element("div", {class: "line", "aria-hidden": "true"}, element("i", {class: "zero"}));
  if (difference === null) return line;
  const [bar, dot] = [element("i", {class: "reach"}), element("i", {class: "dot"})];
  Object.assign(bar.style, {left: place(low), width: `${50 * (high - low) / reach}%`});
  dot.style.left = place(difference);
  line.append(bar, dot);
  return line;
}

function bestRow([arm, decided, value, , , difference, low, high, families, , standing, mark], place, reach, heading) {
  const labelled = (name, ...content) => element("td", {class: "number", "data-label": name}, ...content);
  const digits = reach >= 10 ? 1 : 3;
  return element("tr", {class: ["out", "", "alike", "alike best"][standing]},
    labelled("place", standing ? String(place + 1) : "–"), element("th", {scope: "row", "data-label": "trained as"}, arm),
    element("td", {"data-label": "decided by"}, decided, mark ? element("small", {}, mark) : null), labelled(heading, fixed(value, digits)),
    difference === null ? labelled("difference", "–")
      : labelled("difference", signed(difference, digits), element("small", {}, `${signed(low, digits)} to ${signed(high, digits)}`)),
    element("td", {class: "bar"}, bestLine(difference, low, high, reach)), labelled("families", String(families)));
}

/* What the other choices leave stays on offer; where the one chosen is gone, the first is taken. */
function offerBoards() {
  const all = data.boards.filter(({goal}) => goal === at("goal").value);
  const offered = (id, found) => {
    for (const option of at(id).options) option.disabled = !found.has(option.value);
    if (!found.has(at(id).value)) at(id).value = [...found][0];
  };
  offered("regime", new Set(all.map(({regime}) => regime)));
  offered("board-library", new Set(all.filter(({regime}) => regime === at("regime").value).map(({library}) => library)));
}

function showBest() {
  offerBoards();
  const board = boards.get(`${at("goal").value}/${at("regime").value}/${at("board-library").value}`);
  const metric = metricOf.get(board.metric);
  at("best-says").textContent = `${metric.text}, ${metric.lower ? "less" : "more"} is better`;
  at("best-heading").textContent = metric.text;
  at("best-table").tBodies[0].replaceChildren(...board.ways.map((way, place) => bestRow(way, place, board.reach, metric.text)));
}

if (data.boards.length) for (const id of ["goal", "regime", "board-library"]) at(id).addEventListener("change", showBest);
