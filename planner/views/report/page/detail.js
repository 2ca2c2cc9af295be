// One host: its load over the whole plan, per resource, and who is on it.

const detail = { box: $("detail"), key: "", version: -1, cursors: [], captions: [], guests: null };
const CHART = { width: 1000, height: 100 };
const MOST_GUESTS = 150;

function openHost(host) {
  ui.host = host === ui.host ? NOWHERE : host;
  const place = grid.order.indexOf(host);
  if (place >= 0) grid.active = place;
  if (ui.host >= 0 && innerWidth <= 820) showPane("detail");
  render();
}

function renderDetail() {
  detail.box.hidden = ui.host < 0;
  if (ui.host < 0) return;
  const key = `${ui.host} ${ui.warn} ${inTime()}`;
  if (detail.key !== key || !detail.box.firstChild) buildDetail();
  detail.key = key;
  updateDetail();
}

function buildDetail() {
  const { name, tags } = HOSTS[ui.host];
  const head = make("header");
  const title = make("h2", "name", name); // the one place that has all of it
  title.title = name;
  const close = make("button", "icon", "×");
  close.setAttribute("aria-label", "Close host detail");
  close.addEventListener("click", () => openHost(ui.host));
  head.append(title, close);
  detail.cursors = [];
  detail.captions = [];
  detail.guests = make("ul", "guests");
  detail.version = -1;
  detail.box.replaceChildren(
    head, make("p", "tags", tags.join(" · ")), ...RESOURCES.map((_, r) => chartOf(ui.host, r)), make("h3"), detail.guests,
  );
}

// The load of a host after each change: [step or second, amount], from the start on.
function history(host, r) {
  return inTime() ? historyInTime(host, r) : historyByStep(host, r);
}

function historyInTime(host, r) {
  let load = before.load[host][r];
  const points = [[0, load]];
  for (const { action, begins, at } of film.changes) {
    if ((begins ? action.to : action.from) !== host || action.vm < 0) continue;
    load += (begins ? 1 : -1) * VMS[action.vm].demand[r];
    points.push([at, load]);
  }
  return points;
}

function historyByStep(host, r) {
  let load = before.load[host][r];
  const points = [[0, load]];
  for (const { step, vm, from, to } of TOUCHES[host]) {
    if (from === to || vm < 0) continue;
    load += (to === host ? 1 : -1) * VMS[vm].demand[r];
    points.push([step, load]);
  }
  return points;
}

function svg(tag, attributes) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}

function chartOf(host, r) {
  const points = history(host, r);
  const usable = HOSTS[host].usable[r];
  const top = Math.max(usable, ...points.map(([, load]) => load), 1) * 1.06;
  const x = (step) => (CHART.width * step) / Math.max(1, walk.length);
  const y = (load) => CHART.height * (1 - load / top);
  const path = points.map(([step, load], place) => (place ? `H${x(step)}V${y(load)}` : `M0 ${y(load)}`)).join("") + `H${CHART.width}`;
  const picture = svg("svg", { viewBox: `0 0 ${CHART.width} ${CHART.height}`, preserveAspectRatio: "none", role: "img" });
  const loads = points.map(([, load]) => load);
  picture.setAttribute(
    "aria-label",
    `${RESOURCES[r].label} over the plan: ${size(loads[0], r)} at first, ${size(Math.max(...loads), r)} at most, ${size(loads.at(-1), r)} in the end`,
  );
  const level = (load, name) => svg("line", { x1: 0, x2: CHART.width, y1: y(load), y2: y(load), class: name });
  const cursor = svg("line", { y1: 0, y2: CHART.height, class: "cursor" });
  picture.append(
    svg("path", { d: `${path}V${CHART.height}H0Z`, class: "area" }), svg("path", { d: path, class: "line" }),
    level(usable, "top"), level(ui.warn[r] * usable, "mark"), cursor,
  );
  picture.addEventListener("click", (event) => {
    const box = picture.getBoundingClientRect();
    goto(Math.round((walk.length * (event.clientX - box.left)) / box.width));
  });
  detail.cursors.push(cursor);
  const figure = make("figure", "chart");
  const caption = make("figcaption");
  caption.append(make("b", "", RESOURCES[r].label), make("span"));
  detail.captions.push(caption.lastChild);
  figure.append(caption, picture);
  return figure;
}

function updateDetail() {
  const host = ui.host;
  const at = (CHART.width * walk.place) / Math.max(1, walk.length);
  RESOURCES.forEach((_, r) => {
    detail.cursors[r].setAttribute("x1", at);
    detail.cursors[r].setAttribute("x2", at);
    const free = HOSTS[host].usable[r] - walk.load[host][r];
    detail.captions[r].textContent = `${ofSize(walk.load[host][r], HOSTS[host].usable[r], r)} · ${free < 0 ? `${size(-free, r)} over` : `${size(free, r)} free`}`;
  });
  const version = `${walk.version[host]} ${ui.resource} ${inTime()}`;
  if (detail.version !== version) listGuests(host);
  detail.version = version;
}

function listGuests(host) {
  const guests = walk.on[host];
  const r = ui.resource;
  detail.box.querySelector("h3").textContent = `${plain(guests.length)} ${guests.length === 1 ? "VM" : "VMs"} at this ${inTime() ? "second" : "step"}`;
  const sorted = [...guests].sort((a, b) => VMS[b].demand[r] - VMS[a].demand[r] || a - b);
  const lines = sorted.slice(0, MOST_GUESTS).map((vm) => {
    const button = make("button");
    button.dataset.vm = vm;
    button.dataset.on = host;
    button.append(make("i", `vm vm-${statusOf(vm, host)}`), named("span", "", VMS[vm].name), make("span", "amount", size(VMS[vm].demand[r], r)));
    button.setAttribute("aria-label", `${VMS[vm].name}: ${demands(vm)}, ${STATUS_WORDS[statusOf(vm, host)]}; go to its next action`);
    const line = make("li");
    line.append(button);
    return line;
  });
  if (sorted.length > MOST_GUESTS) lines.push(make("li", "more", `and ${plain(sorted.length - MOST_GUESTS)} more`));
  detail.guests.replaceChildren(...lines);
}

detail.box.addEventListener("click", (event) => {
  const vm = event.target.closest("button[data-vm]")?.dataset.vm;
  if (vm === undefined || !TURNS[vm].length) return;
  goto(walk.placeOf(TURNS[vm].find((action) => walk.isAhead(action)) ?? TURNS[vm][0]));
});
