const points = readPoints();
const detail = byId("detail");
const narrow = matchMedia("(max-width: 860px)");
let current = null;

const open = (point, byHand) => {
  current = point;
  const inside = detail.contains(document.activeElement);
  drawDetail(detail, point, filterOf().variant);
  if (inside) detail.querySelector("h3").focus({ preventScroll: true });
  detail.hidden = narrow.matches && !byHand && !document.body.classList.contains("reading");
  if (byHand && narrow.matches) read();
};

// On a narrow screen the datapoint covers the list.
const read = () => {
  if (!current) return;
  detail.hidden = false;
  cover(narrow.matches);
  detail.querySelector("h3").focus({ preventScroll: true });
};

const cover = (on) => {
  document.body.classList.toggle("reading", on);
  for (const node of document.querySelectorAll(".page-head, #summary, #bar, #list, footer")) node.inert = on;
};

const back = () => {
  cover(false);
  if (narrow.matches) detail.hidden = true;
  list.box.focus({ preventScroll: true });
};

const list = new List(byId("list"), open);

const filterOf = () => {
  const value = (id) => byId(id).value;
  const limit = (id) => (value(id) === "" || Number.isNaN(byId(id).valueAsNumber) ? null : byId(id).valueAsNumber);
  const variant = value("variant");
  return {
    variant: variant.startsWith("variant:") ? variant.slice(8) : "",
    differ: variant === "differ",
    evaluator: value("evaluator").slice(1),
    least: limit("least"),
    most: limit("most"),
    error: value("error"),
    tag: value("tag").slice(1),
    words: value("search").toLowerCase().split(/\s+/).filter(Boolean),
  };
};

const apply = () => {
  const kept = chosen(points, filterOf(), byId("order").value);
  list.show(kept, current);
  const all = counted(points.length, "datapoint");
  byId("found").textContent = kept.length === points.length ? all : `${whole.format(kept.length)} of ${all}`;
  list.box.hidden = !kept.length;
  byId("empty").hidden = kept.length > 0;
  byId("empty").textContent = points.length ? "No datapoint fits these filters." : "There are no results.";
  if (!kept.length) {
    current = null;
    detail.hidden = true;
  } else if (list.selected >= 0) {
    open(current, false);
  } else {
    list.selected = 0;
    list.draw();
    open(kept[0], false);
  }
};

// After a change of filters the list begins at its top, where that is out of view.
const applied = () => {
  apply();
  const edge = byId("explorer").getBoundingClientRect().top - byId("bar").offsetHeight;
  if (edge < 0) scrollBy(0, edge);
};

const options = (id, entries) => byId(id).append(...entries.map(([value, words]) => element("option", { value }, words)));

const fillFilters = () => {
  const tags = [...new Set(points.flatMap((point) => point.tags))].sort();
  const causes = new Set();
  for (const point of points) for (const result of resultsOf(point)) for (const { cause } of Object.values(result.errors)) causes.add(cause);
  const several = variants.length > 1 ? [["differ", "All that differ"]] : [];
  options("variant", [["", "All"], ...several, ...variants.map((name) => [`variant:${name}`, name])]);
  options("evaluator", [["", "Any"], ...evaluators.map(({ name }) => [`:${name}`, name])]);
  options("error", [["", "With or without"], ["any", "With errors"], ["none", "Without errors"], ...[...causes].sort().map((cause) => [`cause:${cause}`, cause])]);
  options("tag", [["", "Any"], ...tags.map((tag) => [`:${tag}`, tag])]);
  options("order", [["worst", "Worst first"], ["best", "Best first"], ["index", "As in the data set"], ["slowest", "Slowest first"], ["longest", "Longest answer first"]]);
  byId("tag").closest("label").hidden = !tags.length;
  byId("variant").closest("label").hidden = variants.length < 2;
};

const range = (variant, evaluator, from, to) => {
  if (variants.length > 1) byId("variant").value = `variant:${variant}`;
  byId("evaluator").value = `:${evaluator}`;
  byId("least").value = from;
  byId("most").value = to;
  apply();
  byId("bar").scrollIntoView();
};

const THEMES = ["system", "light", "dark"];
const setTheme = (name) => {
  const theme = THEMES.includes(name) ? name : "system";
  if (theme === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  byId("theme").textContent = { system: "◐ System", light: "○ Light", dark: "● Dark" }[theme];
  byId("theme").setAttribute("aria-label", `Colours: ${theme}. Change`);
  byId("theme").dataset.theme = theme;
};
// Storage is closed to some pages that are opened as files.
const stored = (value) => {
  try {
    if (value !== undefined) localStorage.setItem("evaluations-theme", value);
    return localStorage.getItem("evaluations-theme");
  } catch {
    return null;
  }
};

const MOVES = { j: 1, k: -1 };
const moves = () => ({ ArrowDown: 1, ArrowUp: -1, PageDown: list.page, PageUp: -list.page, Home: -Infinity, End: Infinity });

const onKey = (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const target = event.target;
  if (target.closest("input, select")) {
    if (event.key === "Escape" || (event.key === "Enter" && target.id === "search")) {
      event.preventDefault();
      list.box.focus({ preventScroll: true });
    }
    return;
  }
  const by = MOVES[event.key] ?? (target === list.box ? moves()[event.key] : undefined);
  if (by !== undefined) list.select(list.selected + by);
  else if (event.key === "/") byId("search").focus();
  else if (event.key === "Enter" && target === list.box) read();
  else if (event.key === "Escape") back();
  else return;
  event.preventDefault();
};

document.addEventListener("keydown", onKey);
detail.addEventListener("click", (event) => {
  const act = event.target.closest("[data-act]")?.dataset.act;
  if (act === "back") back();
  if (act === "previous" || act === "next") {
    list.select(list.selected + (act === "next" ? 1 : -1));
    detail.querySelector(`[data-act=${act}]`).focus({ preventScroll: true });
  }
});
byId("bar").addEventListener("submit", (event) => event.preventDefault());
byId("bar").addEventListener("input", applied);
byId("bar").addEventListener("reset", () => setTimeout(applied));
byId("more").addEventListener("click", () => {
  const shown = byId("more").getAttribute("aria-expanded") !== "true";
  byId("more").setAttribute("aria-expanded", String(shown));
});
byId("theme").addEventListener("click", () => {
  const next = THEMES[(THEMES.indexOf(byId("theme").dataset.theme) + 1) % THEMES.length];
  setTheme(next);
  stored(next);
});
narrow.addEventListener("change", () => {
  cover(false);
  detail.hidden = narrow.matches || !current;
});
// The bar sticks to the top, and what is beside the list begins under it.
new ResizeObserver(() => document.documentElement.style.setProperty("--bar", `${byId("bar").offsetHeight}px`)).observe(byId("bar"));

setTheme(new URLSearchParams(location.search).get("theme") ?? stored());
drawVerdict();
drawSummary(range);
fillFilters();
apply();
