// The plan as a list, of which only the rows in view are in the page; a click goes there.

const list = { box: $("actions"), inner: $("actions").querySelector(".inner"), shown: ACTIONS, rows: new Map(), step: -1 };
const ROW_PX = 42;

function renderActions() {
  list.shown = ui.found?.actions ?? ACTIONS;
  list.inner.style.height = `${list.shown.length * ROW_PX}px`;
  list.box.querySelector(".empty").hidden = list.shown.length > 0;
  $("listed").textContent = list.shown.length === ACTIONS.length ? plain(ACTIONS.length) : `${plain(list.shown.length)} of ${plain(ACTIONS.length)}`;
  const step = walk.action?.step ?? 0;
  if (list.step !== step) scrollToAction(step);
  list.step = step;
  paintActions();
}

function scrollToAction(step) {
  const place = Math.max(0, firstAfter(list.shown, step) - 1);
  const { scrollTop, clientHeight } = list.box;
  const top = place * ROW_PX;
  if (top >= scrollTop + ROW_PX && top + 2 * ROW_PX <= scrollTop + clientHeight) return;
  list.box.scrollTop = top - clientHeight / 3;
}

function paintActions() {
  const first = Math.max(0, Math.floor(list.box.scrollTop / ROW_PX) - 2);
  const last = Math.min(list.shown.length, Math.ceil((list.box.scrollTop + list.box.clientHeight) / ROW_PX) + 2);
  const wanted = new Map(list.shown.slice(first, last).map((action, place) => [action, first + place]));
  for (const [action, row] of list.rows) {
    if (!wanted.has(action)) {
      list.rows.delete(action);
      row.remove();
    }
  }
  for (const [action, place] of wanted) {
    const row = list.rows.get(action) ?? makeRow(action);
    row.style.transform = `translateY(${place * ROW_PX}px)`;
    row.setAttribute("aria-posinset", String(place + 1));
    row.setAttribute("aria-setsize", String(list.shown.length));
    const now = walk.isNow(action);
    row.classList.toggle("now", now);
    row.classList.toggle("done", walk.isDone(action));
    row.setAttribute("aria-selected", String(now));
    if (now) list.box.setAttribute("aria-activedescendant", row.id);
  }
}

function makeRow(action) {
  const row = make("div", "row");
  row.id = `action-${action.step}`;
  row.setAttribute("role", "option");
  row.dataset.step = action.step;
  const what = make("span", "what");
  what.append(named("span", "vm-name", subjectOf(action)), routeOf(action));
  const badges = make("span", "badges");
  badges.append(...badgesOf(action));
  if (film) badges.append(make("span", "when", `${clockTime(action.start)} – ${clockTime(action.end)}`));
  row.title = [...(WRONG.get(action.step) ?? []), DATA.notes[action.step] ?? ""].filter(Boolean).join("\n");
  row.append(make("span", "number", plain(action.step)), what, badges);
  list.rows.set(action, row);
  list.inner.append(row);
  return row;
}

// Up and down go to the neighbour in the list as it is filtered.
function stepInList(by) {
  const place = firstAfter(list.shown, walk.action?.step ?? 0) - 1 + by;
  const action = list.shown[Math.min(place, list.shown.length - 1)];
  goto(place < 0 ? 0 : action ? walk.placeOf(action) : walk.place);
}

list.box.addEventListener("scroll", () => requestAnimationFrame(paintActions), { passive: true });
list.box.addEventListener("click", (event) => {
  const row = event.target.closest(".row");
  if (row) goto(walk.placeOf(ACTIONS[row.dataset.step - 1]));
});
list.box.addEventListener("keydown", (event) => {
  const by = { ArrowUp: -1, ArrowDown: 1, PageUp: -10, PageDown: 10 }[event.key];
  if (!by) return;
  stepInList(by);
  event.preventDefault();
});

function renderViolations() {
  const box = $("violations");
  const wrong = DATA.violations;
  box.hidden = !wrong.length;
  if (!wrong.length) return;
  const most = 200;
  box.querySelector("summary").textContent = `${plain(wrong.length)} ${wrong.length === 1 ? "violation" : "violations"}`;
  const lines = wrong.slice(0, most).map(([step, place, text]) => {
    const line = make("li");
    const link = make("button", "", place);
    link.addEventListener("click", () => goto(step ? walk.placeOf(ACTIONS[step - 1]) : walk.length));
    line.append(link, sentence("span", "", text));
    return line;
  });
  if (wrong.length > most) lines.push(make("li", "", `and ${plain(wrong.length - most)} more, marked in the list of actions`));
  box.querySelector("ol").replaceChildren(...lines);
}
