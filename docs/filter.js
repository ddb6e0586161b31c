// A field above each table of a div.filtered: rows that hold every word typed stay.
for (const place of document.querySelectorAll(".filtered")) {
  const rows = [...place.querySelectorAll("tbody tr")];
  const field = document.createElement("input");
  const count = document.createElement("output");
  field.type = "search";
  field.placeholder = "Filter: words of a row";
  field.setAttribute("aria-label", "Filter the rows of the table below");
  const show = () => {
    const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const row of rows) {
      const text = row.textContent.toLowerCase();
      row.hidden = !words.every((word) => text.includes(word));
    }
    count.value = `${rows.filter((row) => !row.hidden).length} of ${rows.length} rows`;
  };
  field.addEventListener("input", show);
  place.prepend(field, count);
  show();
}
