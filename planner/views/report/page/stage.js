// The action just done, or in flight, with both its hosts in large: what there is to see at this step.

const WORDS = { shutdown: "Shut down", migrate: "Migrate", stop: "Stop", start: "Start", provision: "Provision", update: "Update" };
const stage = { box: $("stage"), cards: [makeCard(), makeCard()] };

function badgesOf(action) {
  const badges = [];
  if (WRONG.has(action.step)) badges.push(make("span", "badge bad", "violation"));
  if (action.detour) badges.push(make("span", "badge aside", "↷ detour"));
  const [className, word] = { shutdown: ["gone", "× shut down"], stop: ["gone", "× stop"], start: ["new", "+ start"], provision: ["new", "+ provision"], update: ["updating", "↑ update"] }[action.kind] ?? [];
  if (word) badges.push(make("span", `badge ${className}`, word));
  return badges;
}

// "host1 → host2", or where it is shut down or provisioned; the action's own words if it cannot be done.
function routeOf(action) {
  const route = make("span", "route");
  if (action.kind === "update") route.append(make("span", "name", WRONG.has(action.step) ? "is updated" : "is empty, and is updated"));
  else if (action.from === action.to) route.append(named("span", "", "is not carried out"));
  else if (action.from < 0) route.append("on", named("span", "", hostName(action.to)));
  else if (action.to < 0) route.append("on", named("span", "", hostName(action.from)));
  else route.append(named("span", "", hostName(action.from)), "→", named("span", "", hostName(action.to)));
  return route;
}

function subjectOf(action) {
  return DATA.odd[action.step] ?? (action.kind === "update" ? HOSTS[action.to] : VMS[action.vm]).name;
}

function renderStage() {
  stage.box.hidden = !LAST;
  const action = walk.action;
  const doing = make("div", action === null || inTime() ? "doing start" : "doing");
  if (action === null || inTime()) doing.append(inTime() ? timeWords() : startWords());
  else {
    const marks = make("span", "marks");
    marks.append(...badgesOf(action));
    if (action.batch) marks.append(make("span", "badge", batchWords(action)));
    if (walk.flying) marks.append(make("span", "badge fly", "in flight: counts on both"));
    doing.append(
      make("span", "", DATA.odd[action.step] ? "" : WORDS[action.kind]), named("span", "", subjectOf(action)), routeOf(action),
      marks, make("span", "takes", action.vm >= 0 ? demands(action.vm) : ""),
    );
  }
  stage.box.replaceChildren(doing, whyOf(action), pairOf(action ?? ACTIONS[0] ?? null));
}

function batchWords({ batch }) {
  return `batch ${plain(batch.number)} of ${plain(BATCHES.length)}`;
}

function startWords() {
  if (!ACTIONS.length) return "The current placement. This plan has no actions.";
  return `The current placement. First: ${WORDS[ACTIONS[0].kind].toLowerCase()} ${subjectOf(ACTIONS[0])}`;
}

// "3:20 of 11:40: 5 in flight.", of a rolling plan "... 1 host in update, 5 in flight."
function timeWords() {
  const [flying, updating] = [film.flying.size, film.updating.size];
  const now = `${clockTime(film.second)} of ${clockTime(MAKESPAN)}`;
  const parts = updating ? [`${plain(updating)} ${updating === 1 ? "host" : "hosts"} in update`] : [];
  if (flying || !updating) parts.push(`${flying ? plain(flying) : "nothing"} in flight`);
  return `${now}: ${film.second >= MAKESPAN ? "all is done" : parts.join(", ")}.`;
}

const LONGEST_TOLD = 40; // characters of a name among others in a sentence

// Who is updated or in flight, as many as a sentence holds.
function flyingWords() {
  const actions = [...film.updating.values(), ...film.flying.values()];
  const told = (action) => squeezed(subjectOf(action), (text) => text.length <= LONGEST_TOLD);
  const names = actions.slice(0, 6).map((action) => `${isUpdate(action) ? "update of " : ""}${told(action)} (until ${clockTime(action.end)})`);
  return names.join(", ") + (actions.length > 6 ? ` and ${plain(actions.length - 6)} more` : "");
}

function nextWords() {
  if (inTime()) return flyingWords();
  const next = walk.action === null ? undefined : ACTIONS[walk.action.step];
  return next ? `Next: ${WORDS[next.kind].toLowerCase()} ${subjectOf(next)}` : walk.step ? "The end." : "";
}

function whyOf(action) {
  const step = action?.step ?? -1;
  const wrong = [...(WRONG.get(step) ?? []), ...(walk.place === walk.length ? (WRONG.get(0) ?? []) : [])];
  const text = [...wrong, inTime() ? "" : (DATA.notes[step] ?? "")].filter(Boolean).join("  ");
  return sentence("p", wrong.length ? "why bad" : "why", text || nextWords());
}

function pairOf(action) {
  const pair = make("div", "pair");
  const hosts = action === null ? [] : [...new Set([action.from, action.to])].filter((host) => host >= 0);
  stage.cards.forEach((card, place) => {
    card.classList.toggle("blank", place >= hosts.length);
    card.style.visibility = place < hosts.length ? "visible" : "hidden";
    if (HOSTS.length) drawCard(card, walk, hosts[place] ?? 0, { width: stage.box.clientWidth / 2 - 36, most: 90, scale: "own", font: 12 });
    pair.append(card);
  });
  return pair;
}

// The block flies from where it was to where it is, if both are in view and nobody minds motion.
function animateMove(action) {
  if (!action || action.from < 0 || action.to < 0 || action.from === action.to || calm.matches) return;
  const [from, to] = [action.from, action.to].map((host) => grid.cards.get(host));
  const ghost = from?.querySelector(".ghost");
  const block = to?.querySelector(`.vm[data-vm="${action.vm}"]`);
  if (!ghost || !block) return;
  const [start, end] = [ghost.getBoundingClientRect(), block.getBoundingClientRect()];
  const flyer = block.cloneNode(true);
  flyer.className = `${block.className} flying`;
  Object.assign(flyer.style, { left: `${end.left}px`, top: `${end.top}px`, width: `${end.width}px`, height: `${end.height}px` });
  document.body.append(flyer);
  const shift = `translate(${start.left - end.left}px, ${start.top - end.top}px)`;
  flyer.animate([{ transform: shift }, { transform: "none" }], { duration: 280, easing: "ease-in-out" }).onfinish = () => flyer.remove();
}

const calm = matchMedia("(prefers-reduced-motion: reduce)");
