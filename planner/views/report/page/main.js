// The controls, the keys, and the one function that brings the page in line with the state.

function render() {
  hideTip();
  renderPlayer();
  renderStage();
  renderGrid();
  renderTimeline();
  renderActions();
  renderDetail();
  renderAbove();
}

function renderAbove() {
  const where = shownPlacement();
  const r = ui.resource;
  const count = POOL_ORDER.filter((host) => isOver(where, host, r)).length;
  $("above").textContent = count ? `▲ ${plain(count)} ${count === 1 ? "host" : "hosts"} above` : "no host above";
  $("above").classList.toggle("some", count > 0);
}

// All bars change: colours, widths or figures.
function renderAll() {
  ui.look++;
  measureGrid();
  render();
}

function showPane(name) {
  if (name === "detail" && ui.host < 0) ui.host = grid.order[0] ?? NOWHERE;
  $("panes").dataset.pane = name;
  for (const tab of document.querySelectorAll(".tabs button")) tab.setAttribute("aria-pressed", String(tab.dataset.pane === name));
  renderAll();
}

function setTheme(name) {
  document.documentElement.dataset.theme = name;
  drawMarks();
  renderTimeline();
}

const dark = matchMedia("(prefers-color-scheme: dark)");
let themeChosen = false;
dark.addEventListener("change", () => themeChosen || setTheme(dark.matches ? "dark" : "light"));
$("theme").addEventListener("click", () => {
  themeChosen = true;
  setTheme(document.documentElement.dataset.theme === "dark" ? "light" : "dark");
});

function setResource(r) {
  ui.resource = r;
  $("resource").value = String(r);
  $("warn").value = String(Math.round(1000 * ui.warn[r]) / 10);
  renderAll();
}

RESOURCES.forEach((resource, r) => $("resource").append(new Option(resource.label, String(r))));
$("resource").addEventListener("change", (event) => setResource(Number(event.target.value)));
$("order").addEventListener("change", (event) => {
  ui.order = event.target.value;
  render();
});
$("scale").addEventListener("change", (event) => {
  ui.scale = event.target.value;
  renderAll();
});
$("warn").addEventListener("input", (event) => {
  const share = Number(event.target.value) / 100;
  if (!(share > 0 && share <= 1)) return;
  ui.warn[ui.resource] = share;
  renderAll();
});
$("view").addEventListener("click", (event) => {
  const view = event.target.dataset.view;
  if (view) setView(view);
});

function setView(view) {
  ui.view = view;
  document.body.classList.toggle("side-by-side", view === "both");
  for (const button of $("view").children) button.setAttribute("aria-pressed", String(button.dataset.view === view));
  renderAll();
}

for (const tab of document.querySelectorAll(".tabs button")) tab.addEventListener("click", () => showPane(tab.dataset.pane));

const KEYS = {
  ArrowLeft: () => stepBy(-1),
  ArrowRight: () => stepBy(1),
  Home: () => stepBy(-LAST - 1),
  End: () => stepBy(LAST),
  " ": togglePlay,
  "/": () => $("search").focus(),
  f: () => inTime() || goto(walk.flying ? walk.step : walk.step + 0.5),
  t: () => film && setClock(!inTime()),
  Escape: () => ui.host >= 0 && openHost(ui.host),
};

document.addEventListener("keydown", (event) => {
  const key = KEYS[event.key];
  if (!key || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest("input, select") && event.key !== "Escape") return;
  if (event.key === " " && event.target.closest("button, summary")) return; // space presses it
  event.preventDefault();
  key();
});

new ResizeObserver(() => {
  measureGrid();
  render();
}).observe(grid.box);
addEventListener("resize", drawMarks);

// Where hosts differ much in size, bars to scale would leave the small ones too little to read.
function firstScale() {
  const widths = HOSTS.map((host) => host.usable[0] + host.reserved[0]).filter(Boolean);
  return Math.max(...widths) > 4 * Math.min(...widths) ? "own" : "common";
}

// For tests, and for the curious.
window.vmplan = {
  steps: LAST,
  goto,
  play,
  pause,
  search,
  setView,
  setClock,
  zoomTo,
  zoomBy,
  bars: () => time.bars.map(({ action, x, y, width, height }) => ({ step: action.step, batches: action.batches, x, y, width, height, decides: CHAIN.has(action.step) })),
  labels: () => time.labels,
  step: (by = 0) => {
    if (by) stepBy(by);
    return walk.place;
  },
  loads: (name) => loadsOf(walk, HOSTS.findIndex((host) => host.name === name)),
  placement: () => Object.fromEntries(VMS.flatMap((vm, number) => (walk.at[number] >= 0 ? [[vm.name, HOSTS[walk.at[number]].name]] : []))),
  resource: (name) => setResource(RESOURCES.findIndex((resource) => resource.name === name)),
};

document.body.classList.toggle("has-updates", BATCHES.length > 0);
ui.scale = $("scale").value = firstScale();
document.documentElement.dataset.theme = dark.matches ? "dark" : "light";
renderViolations();
renderConflicts();
measureGrid();
setResource(Math.max(0, RESOURCES.findIndex((resource) => resource.name === "ram_mib")));
drawMarks();
