// What the page is given, as objects, and the little helpers that all parts use.

const DATA = JSON.parse(document.getElementById("data").textContent);
const NOWHERE = -1;

const RESOURCES = DATA.resources.map(([name, label, unit, warn]) => ({ name, label, unit, warn }));
const HOSTS = DATA.hosts.map(([name, usable, reserved, tags]) => ({ name, usable, reserved, tags }));
const VMS = DATA.vms.map(([name, demand, source, target]) => ({ name, demand, source, target }));
const ACTIONS = DATA.actions.map(([kind, vm, from, to, cost, detour], index) => ({
  step: index + 1, kind, vm, from, to, cost, detour, start: DATA.times?.start[index] ?? 0, end: DATA.times?.end[index] ?? 0,
}));
const MAKESPAN = ACTIONS.reduce((latest, action) => Math.max(latest, action.end), 0);

// A rolling plan is cut into batches: migrations, and then the updates of the hosts that are empty after them.
// The last one may have no updates, where VMs come home. What is no rolling plan has no batches.
const BATCHES = ACTIONS.some(isUpdate) ? cutIntoBatches() : [];

function isUpdate(action) {
  return action.kind === "update";
}

function cutIntoBatches() {
  const batches = [];
  for (const action of ACTIONS) {
    if (!batches.length || (batches.at(-1).updates.length && !isUpdate(action))) batches.push({ number: batches.length + 1, updates: [] });
    action.batch = batches.at(-1);
    if (isUpdate(action)) action.batch.updates.push(action);
  }
  return batches;
}

if (!RESOURCES.length) {
  // Nobody asks for anything: count heads, so that there is something to draw.
  RESOURCES.push({ name: "vms", label: "VMs", unit: null, warn: 1 });
  for (const vm of VMS) vm.demand = [1];
  for (const host of HOSTS) [host.usable, host.reserved] = [[VMS.length], [0]];
}

// Step -> what is wrong with it; 0 is the end, or what the file says of itself.
const WRONG = new Map();
for (const [step, , text] of DATA.violations) WRONG.set(step, [...(WRONG.get(step) ?? []), text]);

// Host -> the actions that touch it, VM -> its actions; both in order.
const TOUCHES = HOSTS.map(() => []);
const TURNS = VMS.map(() => []);
for (const action of ACTIONS) {
  if (action.from >= 0) TOUCHES[action.from].push(action);
  if (action.to >= 0 && action.to !== action.from) TOUCHES[action.to].push(action);
  if (action.vm >= 0) TURNS[action.vm].push(action);
}

// What is shown, and how. Whatever changes it calls render().
const ui = {
  resource: 0,
  view: "now",
  order: "pool",
  scale: "common",
  warn: RESOURCES.map((resource) => resource.warn),
  found: null,
  host: NOWHERE,
  look: 0, // goes up whenever every bar must be drawn anew
};

const BINARY = ["kib", "mib", "gib", "tib", "pib"];

const IN_GROUPS = new Intl.NumberFormat("en-US"); // made once: a new one for each number takes far longer

function plain(number) {
  return IN_GROUPS.format(number);
}

// An amount as people read it: 1536 MiB is 1.5 GiB.
function size(amount, resource) {
  let power = BINARY.indexOf(RESOURCES[resource].unit);
  if (power < 0) return plain(amount);
  while (Math.abs(amount) >= 1024 && power < BINARY.length - 1) [amount, power] = [amount / 1024, power + 1];
  const digits = Math.abs(amount) >= 100 ? 0 : Math.abs(amount) >= 10 ? 1 : 2;
  return `${plain(Number(amount.toFixed(digits)))} ${BINARY[power][0].toUpperCase()}iB`;
}

// Two amounts with one unit: "46 / 64 GiB".
function ofSize(amount, whole, resource) {
  const [a, unitA] = size(amount, resource).split(" ");
  const [b, unitB] = size(whole, resource).split(" ");
  if (!amount) return `0 / ${b} ${unitB ?? ""}`.trim();
  return unitA === unitB ? `${a} / ${b}${unitB ? ` ${unitB}` : ""}` : `${a} ${unitA ?? ""} / ${b} ${unitB ?? ""}`;
}

function demands(vm) {
  return RESOURCES.map((resource, r) => `${size(VMS[vm].demand[r], r)} ${resource.label}`).join(" · ");
}

function $(id) {
  return document.getElementById(id);
}

// Names come from outside: they enter the page as text, never as markup.
function make(tag, className = "", text = null) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text !== null) element.textContent = text;
  return element;
}

// Marks that turn around what stands behind them: in a sentence that is more than the name that has one.
const TURNING = /[\u202a-\u202e\u2066-\u2069]/gu;

function sentence(tag, className, text) {
  return make(tag, className, text.replace(TURNING, ""));
}

function named(tag, className, text) {
  const element = make(tag, `name ${className}`.trim());
  setName(element, text);
  return element;
}

const ENDING = 8; // characters of a name that stay where there is no room for all
// What is drawn together with its neighbours, or from the right, is not taken apart.
const JOINED = /[\u0300-\u036f\u0590-\u10ff\u1780-\u1aff\u200d\ufe00-\ufe0f\u{1f000}-\u{1faff}]/u;

// A name in parts: where room is short its domain gives way, then its middle, for many differ at the end alone.
function setName(element, text) {
  if (element.title === text) return;
  element.title = text;
  const chars = [...text];
  const parted = chars.length > 2 * ENDING && !JOINED.test(text);
  element.classList.toggle("parted", parted);
  if (!parted) {
    element.textContent = text;
    return;
  }
  const end = beforeDomain(chars);
  const cut = Math.max(0, end - ENDING);
  const part = (from, to) => make("span", "", chars.slice(from, to).join(""));
  element.replaceChildren(part(0, cut), part(cut, end), part(end));
}

// How many characters stand before the domain of a name; an address made of numbers has none.
function beforeDomain(chars) {
  const dot = chars.indexOf(".");
  return dot > 0 && /\D/u.test(chars.slice(0, dot).join("")) ? dot : chars.length;
}

// As much of a name as fits: without its domain, or cut in its middle.
function squeezed(name, fits) {
  if (fits(name)) return name;
  const whole = [...name];
  const end = beforeDomain(whole);
  const chars = whole.slice(0, end);
  if (end < whole.length && fits(`${chars.join("")}…`)) return `${chars.join("")}…`;
  const cut = (kept) => `${chars.slice(0, Math.ceil(kept / 2)).join("")}…${chars.slice(chars.length - Math.floor(kept / 2)).join("")}`;
  let most = chars.length - 1;
  let kept = Math.min(2, most);
  while (kept < most) {
    const middle = (kept + most + 1) >> 1;
    if (fits(cut(middle))) kept = middle;
    else most = middle - 1;
  }
  return cut(kept);
}

function hostName(host) {
  return host >= 0 ? HOSTS[host].name : "off";
}
