// All hosts, of which only those in view are in the page.

const grid = {
  box: $("grid"),
  inner: $("grid").querySelector(".inner"),
  order: [],
  cards: new Map(),
  spare: [],
  columns: 1,
  width: 0,
  card: null,
  active: 0, // place in `order` that the keyboard is at
};
// A small pool gets large cards: the largest of which all hosts fit into view, else the smallest.
const CARDS = [
  { name: "large", width: 400, height: 74, second: 30, fonts: [12, 11] },
  { name: "medium", width: 300, height: 58, second: 22, fonts: [11, 10] },
  { name: "small", width: 236, height: 48, second: 17, fonts: [10.5, 9] },
];
const CARD_GAP_PX = 10;
const SPARE_ROWS = 1;

function shownPlacement() {
  return ui.view === "before" ? before : ui.view === "after" ? after : walk;
}

const POOL_ORDER = HOSTS.map((_, host) => host);
const NAME_ORDER = [...POOL_ORDER].sort((a, b) => HOSTS[a].name.localeCompare(HOSTS[b].name, "en", { numeric: true }) || a - b);
const BUSY_ORDER = [...POOL_ORDER].sort((a, b) => TOUCHES[b].length - TOUCHES[a].length || a - b);

function hostOrder() {
  const sorted = { pool: () => POOL_ORDER, name: () => NAME_ORDER, busy: () => BUSY_ORDER, load: byLoad, next: byNext }[ui.order]();
  if (ui.found === null) return sorted;
  const shown = hostsFound();
  return sorted.filter((host) => shown.has(host));
}

function byLoad() {
  const where = shownPlacement();
  const r = ui.resource;
  const share = POOL_ORDER.map((host) => {
    const usable = HOSTS[host].usable[r];
    return usable ? where.load[host][r] / usable : where.load[host][r] ? Infinity : -1;
  });
  return [...POOL_ORDER].sort((a, b) => share[b] - share[a] || a - b);
}

function byNext() {
  const next = TOUCHES.map((actions) => {
    const found = inTime() ? actions.filter((action) => walk.isAhead(action)).map((action) => action.start) : [actions[firstAfter(actions, walk.step)]?.step ?? Infinity];
    return Math.min(Infinity, ...found);
  });
  return [...POOL_ORDER].sort((a, b) => (next[a] === next[b] ? a - b : next[a] - next[b]));
}

// The place in a list of actions of the first one behind a step.
function firstAfter(actions, step) {
  let low = 0;
  let high = actions.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (actions[middle].step <= step) low = middle + 1;
    else high = middle;
  }
  return low;
}

function cardHeight(card = grid.card) {
  return card.height + (ui.view === "both" ? card.second : 0);
}

function roomForCards() {
  return grid.box.clientWidth - 4; // the padding, in which the ring around an open card shows
}

function columnsOf(card) {
  return Math.max(1, Math.floor((roomForCards() + CARD_GAP_PX) / (card.width + CARD_GAP_PX)));
}

function measureGrid() {
  const room = roomForCards();
  const inView = (card) => Math.ceil(HOSTS.length / columnsOf(card)) * cardHeight(card) <= grid.box.clientHeight;
  grid.card = CARDS.find(inView) ?? CARDS.at(-1);
  grid.box.dataset.size = grid.card.name;
  const columns = columnsOf(grid.card);
  const width = Math.floor((room + CARD_GAP_PX) / columns) - CARD_GAP_PX;
  if (width !== grid.width) ui.look++;
  [grid.columns, grid.width] = [columns, width];
}

function renderGrid() {
  grid.order = hostOrder();
  const rows = Math.ceil(grid.order.length / grid.columns);
  grid.inner.style.height = `${rows * cardHeight()}px`;
  const empty = grid.box.querySelector(".empty");
  empty.hidden = grid.order.length > 0;
  empty.textContent = HOSTS.length ? "No host matches." : "No host.";
  paintGrid();
}

// Put the cards that are in view where they belong; draw those that changed.
function paintGrid() {
  const height = cardHeight();
  const first = Math.max(0, Math.floor(grid.box.scrollTop / height) - SPARE_ROWS);
  const last = Math.ceil((grid.box.scrollTop + grid.box.clientHeight) / height) + SPARE_ROWS;
  const places = new Map();
  for (let place = first * grid.columns; place < Math.min(grid.order.length, last * grid.columns); place++) {
    places.set(grid.order[place], place);
  }
  for (const [host, card] of grid.cards) {
    if (!places.has(host)) {
      grid.cards.delete(host);
      grid.spare.push(card);
      card.remove();
    }
  }
  for (const [host, place] of places) placeCard(host, place);
}

function placeCard(host, place) {
  let card = grid.cards.get(host);
  if (!card) {
    card = grid.spare.pop() ?? makeCard();
    card.drawn = "";
    card.setAttribute("role", "option");
    grid.cards.set(host, card);
    grid.inner.append(card);
  }
  const x = (place % grid.columns) * (grid.width + CARD_GAP_PX);
  card.style.width = `${grid.width}px`;
  card.style.transform = `translate(${x}px, ${Math.floor(place / grid.columns) * cardHeight()}px)`;
  card.classList.toggle("active", place === grid.active);
  card.classList.toggle("open", host === ui.host);
  card.id = `host-${host}`;
  card.setAttribute("aria-selected", String(host === ui.host));
  card.setAttribute("aria-posinset", String(place + 1));
  card.setAttribute("aria-setsize", String(grid.order.length));
  redrawCard(card, host);
}

function redrawCard(card, host) {
  const where = shownPlacement();
  const key = `${host} ${ui.look} ${where.version[host]} ${!inTime() && walk.touches(host) ? walk.place : ""}`;
  if (card.drawn === key) return;
  card.drawn = key;
  const which = { now: "now", before: "current", after: "target", both: "now" }[ui.view];
  const [font, below] = grid.card.fonts;
  drawCard(card, where, host, { width: grid.width - 10, which, font });
  if (ui.view === "both") {
    if (card.children.length < 3) card.append(make("div", "bar"));
    drawBar(card.children[2], after, host, { width: grid.width - 10, which: "target", font: below });
  } else if (card.children.length > 2) {
    card.lastChild.remove();
  }
}

function scrollToHost(host) {
  const place = grid.order.indexOf(host);
  if (place < 0) return;
  const top = Math.floor(place / grid.columns) * cardHeight();
  if (top < grid.box.scrollTop) grid.box.scrollTop = top;
  const bottom = top + cardHeight() - grid.box.clientHeight;
  if (bottom > grid.box.scrollTop) grid.box.scrollTop = bottom;
}

function moveActive(by) {
  grid.active = Math.max(0, Math.min(grid.order.length - 1, grid.active + by));
  scrollToHost(grid.order[grid.active]);
  paintGrid();
  grid.box.setAttribute("aria-activedescendant", `host-${grid.order[grid.active]}`);
}

grid.box.addEventListener("scroll", () => requestAnimationFrame(paintGrid), { passive: true });
grid.box.addEventListener("click", (event) => {
  const card = event.target.closest(".card");
  if (card) openHost(Number(card.id.slice("host-".length)));
});
grid.box.addEventListener("keydown", (event) => {
  const by = { ArrowUp: -1, ArrowDown: 1, PageUp: -4 * grid.columns, PageDown: 4 * grid.columns }[event.key];
  if (by) moveActive(by);
  else if (event.key === "Enter" && grid.order.length) openHost(grid.order[grid.active]);
  else return;
  event.preventDefault();
});
