// A list of which only what is in view is in the page: rows of one height, placed in a box as high as all of them.
const ROW = 68;
const SPARE = 6;

const markOf = (results) => {
  const errors = results.some((result) => result.goodness === null);
  if (!results.length) return ["missing", "·", "not asked"];
  if (errors) return ["wrong", "!", "error"];
  const mean = results.reduce((sum, result) => sum + result.goodness, 0) / results.length;
  if (mean >= 1) return ["good", "✓", "best score"];
  if (mean <= 0) return ["bad", "✗", "worst score"];
  return [mean < 0.5 ? "low" : "middle", mean.toFixed(2).replace(/^0/, ""), `score ${mean.toFixed(2)} of 1`];
};

class List {
  constructor(box, onSelect) {
    this.box = box;
    this.onSelect = onSelect;
    this.points = [];
    this.selected = -1;
    this.rows = new Map();
    this.drawing = false;
    const draw = () => this.later();
    addEventListener("scroll", draw, { passive: true });
    addEventListener("resize", draw);
    box.addEventListener("click", (event) => {
      const row = event.target.closest("[role=option]");
      if (row) this.select(Number(row.dataset.place), true);
    });
  }

  show(points, keep) {
    this.points = points;
    this.rows.clear();
    this.box.replaceChildren();
    this.box.style.height = `${points.length * ROW}px`;
    this.selected = keep ? points.indexOf(keep) : -1;
    this.draw();
  }

  later() {
    if (this.drawing) return;
    this.drawing = true;
    requestAnimationFrame(() => {
      this.drawing = false;
      this.draw();
    });
  }

  draw() {
    const top = -this.box.getBoundingClientRect().top;
    const first = Math.max(0, Math.floor(top / ROW) - SPARE);
    const last = Math.min(this.points.length - 1, Math.ceil((top + innerHeight) / ROW) + SPARE);
    for (const [place, row] of this.rows) {
      // The selected row stays, since aria-activedescendant names it.
      if ((place < first || place > last) && place !== this.selected) {
        row.remove();
        this.rows.delete(place);
      }
    }
    for (let place = first; place <= last; place += 1) this.row(place);
    if (this.selected >= 0) this.row(this.selected);
    for (const [place, row] of this.rows) row.setAttribute("aria-selected", String(place === this.selected));
    if (this.selected < 0) this.box.removeAttribute("aria-activedescendant");
    else this.box.setAttribute("aria-activedescendant", `row-${this.selected}`);
  }

  row(place) {
    if (this.rows.has(place)) return;
    const point = this.points[place];
    const node = element(
      "div",
      { role: "option", id: `row-${place}`, "data-place": place, "aria-setsize": this.points.length, "aria-posinset": place + 1 },
      element("span", { class: "marks" }, variants.map((variant) => drawMark(variant, point.results.get(variant) ?? []))),
      element(
        "span",
        { class: "texts" },
        element("span", { class: "asked" }, question(point.input).slice(0, 300)),
        element("span", { class: "said" }, said(resultsOf(point)[0]).slice(0, 300)),
      ),
      element("span", { class: "id" }, String(point.id)),
    );
    node.style.transform = `translateY(${place * ROW}px)`;
    this.rows.set(place, node);
    this.box.append(node);
  }

  select(place, opened = false) {
    if (!this.points.length) return;
    this.selected = Math.max(0, Math.min(this.points.length - 1, place));
    this.reveal();
    this.draw();
    this.onSelect(this.points[this.selected], opened);
  }

  // Only as far as needed, and never under the bar.
  reveal() {
    const top = this.box.getBoundingClientRect().top + this.selected * ROW;
    const bar = byId("bar").getBoundingClientRect();
    const edge = Math.max(0, Math.min(bar.height, bar.bottom));
    if (top < edge) scrollBy(0, top - edge - 4);
    else if (top + ROW > innerHeight) scrollBy(0, top + ROW - innerHeight + 4);
  }

  get page() {
    return Math.max(1, Math.floor((innerHeight - byId("bar").offsetHeight) / ROW) - 1);
  }
}

const drawMark = (variant, results) => {
  const [name, sign, words] = markOf(results);
  return element("span", { class: `mark ${name}`, role: "img", "aria-label": `${variant}: ${words}`, title: `${variant}: ${words}` }, sign);
};

// The answer, or what there is instead of one.
const said = (result) => {
  if (!result) return "";
  if (result.answer) return asText(result.answer);
  if (result.refusal) return `Refused: ${result.refusal}`;
  if (result.tool_calls) return result.tool_calls.map((call) => `${call.name}(${call.arguments})`).join(", ");
  const [error] = Object.values(result.errors);
  return error ? `${error.cause}: ${error.message}` : "No text";
};
