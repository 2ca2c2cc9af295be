// A host as a bar: [reserved | VMs | free], as wide as the host is large.

const MOST_BLOCKS = 36; // of one bar; the smallest of the rest are drawn as one
const FONT_PX = 10.5; // of the text in a bar, where nobody says another
const EDGES_PX = 6; // of a block: what of it no text stands in
const RING_PX = 2; // more, within the ring around one that moves
const LEAST_CUT_PX = 46; // a name cut shorter than this says nothing

// What all VM names begin with ("vm-") is left out where room is short.
const PREFIX = commonPrefix(VMS.map((vm) => vm.name));

// Per resource, the widest host: bars to scale are parts of it.
const WIDEST = RESOURCES.map((_, r) => Math.max(1, ...HOSTS.map((host) => host.usable[r] + host.reserved[r])));

// Just at the share is not above, and 0.7 * 90 is a little less than 63.
function isOver(where, host, r) {
  return where.load[host][r] > ui.warn[r] * HOSTS[host].usable[r] * (1 + 4 * Number.EPSILON);
}

function commonPrefix(names) {
  let prefix = names.length > 1 ? names[0] : "";
  for (const name of names) while (!name.startsWith(prefix)) prefix = prefix.slice(0, -1);
  return prefix.replace(/[\p{N}\p{M}\p{Cs}\u200d]+$/u, "");
}

const ruler = document.createElement("canvas").getContext("2d");
const FAMILY = getComputedStyle(document.body).fontFamily;

function widthOf(text, font, weight) {
  const wanted = `${weight} ${font}px ${FAMILY}`;
  if (ruler.wanted !== wanted) ruler.font = ruler.wanted = wanted;
  return ruler.measureText(text).width;
}

// As much of a name as fits: all, all but the common beginning, a good part, or nothing.
function fitted(name, sign, pixels, font, moving = false) {
  const [weight, edges] = moving ? [700, EDGES_PX + RING_PX] : [400, EDGES_PX];
  const fits = (text) => widthOf(sign + text, font, weight) + edges <= pixels;
  const short = name.slice(PREFIX.length) || name;
  return fits(name) ? sign + name : pixels >= LEAST_CUT_PX || fits(short) ? sign + squeezed(short, fits) : fits("") ? sign.trim() : "";
}

// Fill one bar. `options`: width in pixels at full scale, which placement it shows, how many blocks at most.
function drawBar(bar, where, host, { width, which = "now", most = MOST_BLOCKS, scale = ui.scale, font = FONT_PX }) {
  const r = ui.resource;
  const { usable, reserved } = HOSTS[host];
  const load = where.load[host][r];
  const span = Math.max(usable[r] + reserved[r], load + reserved[r], 1);
  const share = scale === "own" ? 1 : Math.min(1, span / WIDEST[r]);
  const parts = document.createDocumentFragment();
  const add = (element, from, amount) => {
    element.style.left = `${(100 * from) / span}%`;
    if (amount !== null) element.style.width = `${(100 * amount) / span}%`;
    parts.append(element);
  };

  if (reserved[r]) add(reservedPart(reserved[r], r), 0, reserved[r]);
  let left = reserved[r];
  for (const block of blocksOf(where, host, r, most)) {
    const pixels = (width * share * block.amount) / span;
    add(blockPart(block, host, pixels, font), left, block.amount);
    left += block.amount;
  }
  if (where.isUpdating(host) && usable[r] > load) add(updatePart(), left, usable[r] - load);
  const gone = where.ghostOn(host);
  if (gone >= 0) add(ghostPart(gone), left, VMS[gone].demand[r]);
  if (load > usable[r]) add(make("span", "limit"), reserved[r] + usable[r], null);
  if (usable[r]) add(make("span", "warn"), reserved[r] + ui.warn[r] * usable[r], null);

  bar.replaceChildren(parts);
  bar.style.width = `${100 * share}%`;
  describeBar(bar, where, host, which);
}

// The figures stand in the page itself, for tests and for whoever reads it with a program.
function describeBar(bar, where, host, which) {
  const r = ui.resource;
  const { name, usable } = HOSTS[host];
  const load = where.load[host];
  const data = bar.dataset;
  data.host = name;
  data.which = which;
  data.resource = RESOURCES[r].name;
  data.load = load[r];
  data.usable = usable[r];
  data.free = usable[r] - load[r];
  data.loads = JSON.stringify(loadsOf(where, host));
  bar.setAttribute("role", "img");
  const free = usable[r] - load[r];
  bar.setAttribute(
    "aria-label",
    `${name}: ${size(load[r], r)} of ${size(usable[r], r)} ${RESOURCES[r].label}, ` +
      `${free < 0 ? `${size(-free, r)} too much` : `${size(free, r)} free`}, ${plain(where.on[host].length)} ${where.on[host].length === 1 ? "VM" : "VMs"}` +
      (where.isUpdating(host) ? ", is updated" : ""),
  );
}

function loadsOf(where, host) {
  return Object.fromEntries(RESOURCES.map((resource, r) => [resource.name, where.load[host][r]]));
}

// The blocks from left to right: VMs by what they are, those that leave next to the free room.
function blocksOf(where, host, r, most) {
  const blocks = where.on[host].map((vm) => ({
    vm,
    amount: VMS[vm].demand[r],
    status: statusOf(vm, host),
    moving: where.isMoving(vm, host),
    found: ui.found?.vms.has(vm) ?? false,
  }));
  const byStatus = (a, b) => STATUS_ORDER.indexOf(a.status) - STATUS_ORDER.indexOf(b.status);
  return (blocks.length <= most ? blocks : merged(blocks, most)).sort(byStatus);
}

// Too many to draw: keep the largest and those looked at; the rest becomes one block for each status.
function merged(blocks, most) {
  const kept = blocks.filter((block) => block.moving || block.found).slice(0, most);
  const rest = blocks.filter((block) => !kept.includes(block)).sort((a, b) => b.amount - a.amount || a.vm - b.vm);
  const room = Math.max(0, most - kept.length);
  const large = new Set([...kept, ...rest.slice(0, room)]);
  const heaps = new Map();
  for (const { status, amount } of rest.slice(room)) {
    const heap = heaps.get(status) ?? { vm: NOWHERE, amount: 0, status, count: 0, moving: false, found: false };
    heap.amount += amount;
    heap.count++;
    heaps.set(status, heap);
  }
  return [...blocks.filter((block) => large.has(block)), ...heaps.values()];
}

function blockPart({ vm, status, moving, found, count }, host, pixels, font) {
  const element = make("span", `vm vm-${status}`);
  const sign = SIGNS[status] ?? "";
  const text = vm < 0 ? fitted(`${plain(count)} more`, "", pixels, font) : fitted(VMS[vm].name, sign, pixels, font, moving);
  if (text) element.textContent = text;
  else element.style.padding = "0";
  if (pixels < 4) element.style.borderRightWidth = "0"; // else nothing of its colour is left
  if (vm < 0) {
    element.classList.add("many");
    element.dataset.many = `${plain(count)} more VMs, ${STATUS_WORDS[status]}`;
    return element;
  }
  element.classList.toggle("moving", moving);
  element.classList.toggle("found", found);
  element.dataset.vm = vm;
  element.dataset.on = host;
  return element;
}

function ghostPart(vm) {
  const element = make("span", "ghost");
  element.dataset.vm = vm;
  element.dataset.left = "yes";
  return element;
}

function updatePart() {
  const element = make("span", "vm updating", "↑ update");
  element.dataset.many = "is updated";
  return element;
}

function reservedPart(amount, r) {
  const element = make("span", "reserved");
  element.dataset.many = `${size(amount, r)} ${RESOURCES[r].label} reserved for the host itself`;
  return element;
}

// A host with its name and figures above one bar, or two.
function makeCard() {
  const card = make("div", "card");
  const head = make("div", "head");
  head.append(make("span", "name"), make("span", "figures"), make("span", "share"));
  card.append(head, make("div", "bar"));
  return card;
}

function drawCard(card, where, host, options) {
  const r = ui.resource;
  const usable = HOSTS[host].usable[r];
  const load = where.load[host][r];
  const [name, figures, share] = card.firstChild.children;
  setName(name, HOSTS[host].name);
  figures.textContent = ofSize(load, usable, r);
  share.textContent = usable ? `${Math.round((100 * load) / usable)}%` : load ? "full" : "–";
  card.dataset.host = HOSTS[host].name;
  card.classList.toggle("over", isOver(where, host, r));
  card.classList.toggle("full", load > usable);
  card.classList.toggle("touched", where.touches(host));
  drawBar(card.children[1], where, host, options);
}
