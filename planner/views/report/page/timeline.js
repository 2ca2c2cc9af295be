// The time line: a lane a host, what leaves it and what comes to it, and the chain that decides the end.
// Above them, of a rolling plan, a lane of when hosts are updated, and of which batches they are.

const CHAIN = new Map(DATA.times ? DATA.times.chain : []);
const LANE_PX = 20;
const RULER_PX = 20;
const INSTANT_PX = 4; // of what takes no time
const LEAST_SPAN_S = 5; // what the line shows at the most zoom
const time = { box: $("time"), canvas: $("lanes"), from: 0, to: Math.max(1, MAKESPAN), top: 0, lanes: [], labels: [], bars: [], drag: null };

// Spans of one lane that overlap share it: each takes the first row that is free.
function rowsOf(actions) {
  const ends = [];
  const spans = [...actions].sort((a, b) => a.start - b.start || a.end - b.end);
  const rows = spans.map((action) => {
    let row = ends.findIndex((end) => end <= action.start);
    if (row < 0) row = ends.length;
    ends[row] = action.end;
    return { action, row };
  });
  return { rows, count: Math.max(1, ends.length) };
}

const ROWS = DATA.times ? TOUCHES.map(rowsOf) : [];
const UPDATING = DATA.times ? whenUpdating() : [];
const UPDATING_ROWS = rowsOf(UPDATING);
const ABOVE_PX = RULER_PX + (UPDATING.length ? LANE_PX : 0); // what does not scroll

// When hosts are updated, cut where others of them begin or end that are of another batch: batches may overlap.
function whenUpdating() {
  const updates = ACTIONS.filter((action) => isUpdate(action) && action.start < action.end);
  const changes = updates.flatMap((update) => [[update.start, update], [update.end, update]]).sort(([a], [b]) => a - b);
  const running = new Set();
  const spans = [];
  changes.forEach(([second, update], place) => {
    if (!running.delete(update)) running.add(update);
    const next = changes[place + 1]?.[0];
    if (!running.size || next === second) return;
    const batches = [...new Set([...running].map((one) => one.batch.number))].sort((a, b) => a - b);
    const last = spans.at(-1);
    if (last?.end === second && String(last.batches) === String(batches)) {
      last.end = next;
      for (const one of running) last.updates.add(one);
    } else {
      spans.push({ kind: "updating", start: second, end: next, batches, updates: new Set(running) });
    }
  });
  return spans;
}

function isInstant(action) {
  return action.end === action.start;
}

function labelWidth() {
  return Math.min(150, 0.2 * time.canvas.clientWidth);
}

function secondAt(x) {
  const left = labelWidth();
  return time.from + ((x - left) / Math.max(1, time.canvas.clientWidth - left)) * (time.to - time.from);
}

function xOf(second) {
  const left = labelWidth();
  return left + ((second - time.from) / (time.to - time.from)) * (time.canvas.clientWidth - left);
}

function renderTimeline() {
  if (!film || time.box.classList.contains("folded")) return;
  time.lanes = grid.order.filter((host) => TOUCHES[host].length);
  const room = time.canvas.clientHeight - ABOVE_PX;
  time.top = Math.max(0, Math.min(time.top, time.lanes.length * LANE_PX - room));
  const { clientWidth: width, clientHeight: height } = time.canvas;
  const ratio = devicePixelRatio || 1;
  if (time.canvas.width !== Math.round(width * ratio)) time.canvas.width = Math.round(width * ratio);
  if (time.canvas.height !== Math.round(height * ratio)) time.canvas.height = Math.round(height * ratio);
  const pen = time.canvas.getContext("2d");
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  pen.clearRect(0, 0, width, height);
  pen.font = "11px system-ui, sans-serif";
  const style = getComputedStyle(document.documentElement);
  const colour = (name) => style.getPropertyValue(name);
  drawRuler(pen, colour, width, height);
  time.bars = [];
  time.labels = [];
  const first = Math.floor(time.top / LANE_PX);
  if (UPDATING.length) drawLane(pen, colour, NOWHERE, RULER_PX, width);
  // No lane is drawn into what stands above.
  pen.save();
  pen.beginPath();
  pen.rect(0, ABOVE_PX, width, height - ABOVE_PX);
  pen.clip();
  for (let lane = first; lane < time.lanes.length && lane * LANE_PX - time.top < room; lane++) {
    drawLane(pen, colour, time.lanes[lane], ABOVE_PX + lane * LANE_PX - time.top, width);
  }
  pen.restore();
  drawNow(pen, colour, height);
  describeTimeline();
}

// The lane of a host; of none: that of the updates.
function drawLane(pen, colour, host, top, width) {
  const left = labelWidth();
  pen.fillStyle = colour("--line");
  pen.fillRect(0, top + LANE_PX - 1, width, 1);
  pen.save();
  pen.beginPath();
  pen.rect(0, top, left - 4, LANE_PX);
  pen.clip();
  pen.fillStyle = host < 0 ? colour("--soft") : host === ui.host ? colour("--accent") : colour("--ink");
  const label = squeezed(host < 0 ? "updates" : HOSTS[host].name, (text) => pen.measureText(text).width <= left - 8);
  if (host >= 0) time.labels.push(label);
  pen.fillText(label, 4, top + 14);
  pen.restore();
  pen.save();
  pen.beginPath();
  pen.rect(left, top, width - left, LANE_PX);
  pen.clip();
  const { rows, count } = host < 0 ? UPDATING_ROWS : ROWS[host];
  // What takes no time is drawn last: it would lie below what begins or ends just then.
  for (const { action, row } of [...rows].sort((a, b) => isInstant(a.action) - isInstant(b.action))) {
    if (action.end < time.from || action.start > time.to) continue;
    const end = xOf(action.end);
    const x = Math.min(xOf(action.start), width - (isInstant(action) ? INSTANT_PX : 0));
    const tall = (LANE_PX - 4) / (isUpdate(action) ? 1 : count); // an update has its host to itself
    const bar = { action, x, y: top + 2 + row * tall, width: Math.max(isInstant(action) ? INSTANT_PX : 1.5, end - x - 0.5), height: Math.max(1, tall - 0.5) };
    drawSpan(pen, colour, bar, host);
    time.bars.push(bar);
  }
  pen.restore();
}

const LEAST_NAMED_PX = 14; // narrower spans have no room for any name

function spanName(action, host) {
  if (host < 0) return batchesWords(action);
  return isUpdate(action) ? `↑ batch ${plain(action.batch.number)}` : (VMS[action.vm]?.name ?? "");
}

const SPAN_COLOURS = { shutdown: "gone", stop: "gone", start: "new", provision: "new", update: "accent", updating: "track" };

// Leaves: the colour of what is to migrate; arrives: of what has come; solid ink decides the end.
function drawSpan(pen, colour, { action, x, y, width, height }, host) {
  const kind = SPAN_COLOURS[action.kind] ?? (action.from === host ? "move" : "here");
  pen.globalAlpha = host >= 0 && ui.found && !ui.found.actions.includes(action) ? 0.25 : 1;
  pen.fillStyle = colour(`--${kind}`);
  pen.fillRect(x, y, width, height);
  if (action.detour) {
    pen.fillStyle = colour("--aside");
    pen.fillRect(x, y, Math.min(width, 4), height);
  }
  if (CHAIN.has(action.step)) {
    pen.strokeStyle = colour("--decides");
    pen.lineWidth = 2;
    pen.strokeRect(x + 1, y + 1, Math.max(0.5, width - 2), Math.max(0.5, height - 2));
  }
  if (inTime() && walk.isNow(action)) {
    pen.strokeStyle = colour("--ring");
    pen.lineWidth = 1;
    pen.strokeRect(x + 0.5, y + 0.5, Math.max(0.5, width - 1), Math.max(0.5, height - 1));
  }
  const name = height >= 12 && width >= LEAST_NAMED_PX ? spanName(action, host) : "";
  if (name && pen.measureText(name).width + 8 <= width) {
    pen.fillStyle = colour(host < 0 ? "--ink" : `--${kind}-ink`);
    pen.fillText(name, x + 5, y + height - 4);
  }
  pen.globalAlpha = 1;
}

const STEPS_S = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200, 86400];

function drawRuler(pen, colour, width, height) {
  const left = labelWidth();
  const most = Math.max(2, Math.floor((width - left) / 70));
  const step = STEPS_S.find((one) => (time.to - time.from) / one <= most) ?? Math.ceil((time.to - time.from) / most);
  pen.fillStyle = colour("--panel");
  pen.fillRect(0, 0, width, RULER_PX);
  for (let second = Math.ceil(time.from / step) * step; second <= time.to; second += step) {
    pen.fillStyle = colour("--line");
    pen.fillRect(xOf(second), RULER_PX - 5, 1, height);
    pen.fillStyle = colour("--soft");
    if (xOf(second) + 40 < width) pen.fillText(clockTime(second), xOf(second) + 3, 12);
  }
}

// Where the player is.
function drawNow(pen, colour, height) {
  const now = inTime() ? walk.second : walk.action ? walk.action.start : 0;
  if (now >= time.from && now <= time.to) {
    pen.fillStyle = colour("--accent");
    pen.fillRect(xOf(now) - 1, 0, 2, height);
  }
}

// The figures stand in the page itself, for tests and for whoever reads it with a program.
function describeTimeline() {
  const data = time.canvas.dataset;
  [data.from, data.to, data.lanes, data.bars] = [time.from, time.to, time.lanes.length, time.bars.length];
  data.flying = film.flying.size;
  const chain = `${plain(CHAIN.size)} ${CHAIN.size === 1 ? "action decides" : "actions decide"} the end`;
  const updates = ACTIONS.filter(isUpdate).length;
  const batches = updates ? `, ${updates === 1 ? "one of them an update" : `${plain(updates)} of them updates`}` : "";
  time.canvas.setAttribute("aria-label", `${plain(LAST)} actions on ${plain(time.lanes.length)} hosts in ${clockTime(MAKESPAN)}${batches}; ${chain}`);
  $("chain").textContent = chain;
}

// Show from one second to another, as far as there is something to see.
function zoomTo(from, to) {
  const span = Math.max(Math.min(LEAST_SPAN_S, MAKESPAN), Math.min(to - from, MAKESPAN), 1);
  time.from = Math.max(0, Math.min(from, MAKESPAN - span));
  time.to = time.from + span;
  renderTimeline();
}

function zoomBy(factor, around = inTime() ? walk.second : (time.from + time.to) / 2) {
  const middle = Math.max(time.from, Math.min(around, time.to));
  zoomTo(middle - (middle - time.from) * factor, middle + (time.to - middle) * factor);
}

// While it plays, the line moves along.
function followTimeline() {
  const span = time.to - time.from;
  if (walk.second > time.to || walk.second < time.from) zoomTo(walk.second - 0.1 * span, walk.second + 0.9 * span);
}

function barAt(event) {
  const box = time.canvas.getBoundingClientRect();
  const [x, y] = [event.clientX - box.left, event.clientY - box.top];
  return time.bars.findLast((bar) => x >= bar.x - 1 && x <= bar.x + bar.width + 1 && y >= bar.y && y <= bar.y + bar.height);
}

function spanWords(action) {
  const when = `${clockTime(action.start)} to ${clockTime(action.end)}, ${plain(action.end - action.start)} s`;
  if (action.updates) return [updatingWords(action), batchesWords(action), when];
  const from = action.from < 0 ? "" : ` from ${hostName(action.from)}`;
  const to = action.to < 0 ? "" : ` to ${hostName(action.to)}`;
  const lines = [
    `${plain(action.step)}: ${subjectOf(action)}`,
    isUpdate(action) ? `Update, ${batchWords(action)}` : `${WORDS[action.kind]}${from}${to}`,
    when,
  ];
  const why = CHAIN.get(action.step);
  if (why !== undefined) lines.push(why ? `decides the end; waited for ${why}` : "decides the end; begins at once");
  return lines;
}

// "batch 2", "batches 2, 3"
function batchesWords({ batches }) {
  return batches.length > 3 ? `${plain(batches.length)} batches` : `${batches.length === 1 ? "batch" : "batches"} ${batches.map(plain).join(", ")}`;
}

// "Update of node1, node2 and 3 more"
function updatingWords({ updates }) {
  const names = [...updates].slice(0, 6).map(subjectOf).join(", ");
  return `Update of ${names}${updates.size > 6 ? ` and ${plain(updates.size - 6)} more` : ""}`;
}

if (film) {
  time.box.hidden = $("clock").hidden = false;
  // No taller than all its lanes.
  time.canvas.style.maxHeight = `${ABOVE_PX + LANE_PX * Math.max(2, TOUCHES.filter((actions) => actions.length).length)}px`;
  time.canvas.addEventListener("wheel", (event) => {
    event.preventDefault();
    const box = time.canvas.getBoundingClientRect();
    if (event.ctrlKey || event.metaKey || event.altKey) zoomBy(event.deltaY > 0 ? 1.25 : 0.8, secondAt(event.clientX - box.left));
    else if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
      const by = ((event.deltaX || event.deltaY) / box.width) * (time.to - time.from);
      zoomTo(time.from + by, time.to + by);
    } else {
      time.top += event.deltaY;
      renderTimeline();
    }
  }, { passive: false });
  time.canvas.addEventListener("pointerdown", (event) => {
    time.drag = { x: event.clientX, y: event.clientY, from: time.from, to: time.to, top: time.top, moved: false };
    time.canvas.setPointerCapture(event.pointerId);
  });
  time.canvas.addEventListener("pointermove", (event) => {
    if (!time.drag) {
      const bar = barAt(event);
      if (bar) showLines(spanWords(bar.action), { left: event.clientX, right: event.clientX, top: event.clientY, bottom: event.clientY });
      else hideTip();
      return;
    }
    const by = secondAt(time.drag.x) - secondAt(event.clientX);
    time.drag.moved ||= Math.hypot(event.clientX - time.drag.x, event.clientY - time.drag.y) > 3;
    if (!time.drag.moved) return;
    time.top = time.drag.top + time.drag.y - event.clientY;
    zoomTo(time.drag.from + by, time.drag.to + by);
  });
  time.canvas.addEventListener("pointerup", (event) => {
    const moved = time.drag?.moved;
    time.drag = null;
    if (moved) return;
    pause();
    const bar = barAt(event);
    const box = time.canvas.getBoundingClientRect();
    if (!inTime()) setClock(true);
    goto(bar ? bar.action.start : Math.max(0, secondAt(event.clientX - box.left)));
  });
  time.canvas.addEventListener("pointerleave", hideTip);
  time.canvas.addEventListener("dblclick", () => zoomTo(0, MAKESPAN));
  time.canvas.addEventListener("keydown", (event) => {
    const key = { "+": () => zoomBy(0.5), "=": () => zoomBy(0.5), "-": () => zoomBy(2), 0: () => zoomTo(0, MAKESPAN) }[event.key];
    const by = { ArrowUp: -LANE_PX, ArrowDown: LANE_PX, PageUp: -5 * LANE_PX, PageDown: 5 * LANE_PX }[event.key];
    if (!key && !by) return;
    event.preventDefault();
    event.stopPropagation();
    if (by) time.top += by;
    if (key) key();
    else renderTimeline();
  });
  $("zoom-in").addEventListener("click", () => zoomBy(0.5));
  $("zoom-out").addEventListener("click", () => zoomBy(2));
  $("zoom-all").addEventListener("click", () => zoomTo(0, MAKESPAN));
  $("chain").addEventListener("click", toggleChain);
  $("fold").addEventListener("click", () => {
    const folded = time.box.classList.toggle("folded");
    $("fold").setAttribute("aria-expanded", String(!folded));
    measureGrid();
    render();
  });
  $("clock").addEventListener("click", (event) => {
    const clock = event.target.dataset.clock;
    if (clock) setClock(clock === "time");
  });
}
