// Play, pause, step, slide.

const LAST = ACTIONS.length;
const player = { playing: false, timer: 0 };
const SLOW = 2; // actions a second up to which each is also shown in flight
const LEAST_MS = 33;

const SPEEDS = {
  steps: [[0.5, "0.5/s"], [1, "1/s"], [2, "2/s"], [5, "5/s"], [10, "10/s"], [30, "30/s"], [120, "120/s"]],
  time: [[1, "real time"], [5, "5 times"], [20, "20 times"], [60, "a minute/s"], [300, "5 min/s"], [1800, "30 min/s"]],
};

// Go to a step; half a step more shows the next action in flight. In time: to a second.
function goto(place) {
  if (inTime()) {
    walk.go(Math.max(0, Math.min(MAKESPAN, place || 0)));
    render();
    return;
  }
  const there = Math.max(0, Math.min(LAST, Math.round(2 * place) / 2 || 0));
  const forward = there > walk.place && there - walk.place <= 1;
  walk.go(there);
  render();
  if (forward && !walk.flying && (!player.playing || speed() <= SLOW)) animateMove(walk.action);
}

function speed() {
  return Number($("speed").value);
}

function play() {
  if (player.playing || !LAST) return;
  if (walk.place === walk.length) goto(0);
  player.playing = true;
  renderPlayer();
  if (inTime()) playOn(performance.now());
  else player.timer = setTimeout(tick, 300);
}

function pause() {
  clearTimeout(player.timer);
  player.playing = false;
  renderPlayer();
}

function tick() {
  const rate = speed();
  const next = ACTIONS[walk.step];
  const half = rate <= SLOW && !walk.flying && next.from >= 0 && next.to >= 0 && next.from !== next.to;
  const by = half ? 0.5 : Math.max(1, Math.round((rate * LEAST_MS) / 1000));
  goto(half ? walk.step + 0.5 : walk.step + by);
  if (walk.step >= LAST) pause();
  else player.timer = setTimeout(tick, rate <= SLOW ? 500 / rate : (1000 * by) / rate);
}

// In time: as many seconds on as have passed, times the speed.
function playOn(since) {
  player.timer = setTimeout(() => {
    const now = performance.now();
    goto(walk.second + (speed() * (now - since)) / 1000);
    followTimeline();
    if (walk.second >= MAKESPAN) pause();
    else playOn(now);
  }, LEAST_MS);
}

function togglePlay() {
  if (player.playing) pause();
  else play();
}

// A person steps: that ends the playing.
function stepBy(by) {
  pause();
  goto(Math.abs(by) >= LAST ? (by < 0 ? 0 : walk.length) : walk.neighbour(by));
}

// Steps or seconds along the slider, and speeds that go with them.
function setUpPlayer() {
  $("slider").max = String(walk.length);
  $("slider").step = inTime() ? "any" : "1";
  $("slider").setAttribute("aria-label", inTime() ? "Time of the plan" : "Step of the plan");
  const speeds = inTime() ? SPEEDS.time : SPEEDS.steps;
  $("speed").replaceChildren(...speeds.map(([factor, words]) => new Option(words, String(factor))));
  // A film of about half a minute, or of an action a second up to five minutes, unless somebody wants it slower.
  const wanted = inTime() ? MAKESPAN / 30 : Math.max(1, LAST / 300);
  $("speed").value = String((speeds.find(([factor]) => factor >= wanted) ?? speeds.at(-1))[0]);
  drawMarks();
}

function renderPlayer() {
  const button = $("play");
  button.setAttribute("aria-pressed", String(player.playing));
  button.setAttribute("aria-label", player.playing ? "Pause" : "Play");
  $("stage").setAttribute("aria-live", player.playing ? "off" : "polite"); // nobody can listen that fast
  const [here, all] = inTime() ? [clockTime(walk.second), clockTime(MAKESPAN)] : [plain(walk.step), plain(LAST)];
  $("slider").value = String(Math.floor(walk.place));
  $("slider").setAttribute("aria-valuetext", inTime() ? `${here} of ${all}` : `step ${walk.step} of ${LAST}`);
  $("count").replaceChildren(here, make("small", "", ` / ${all}`));
  $("first").disabled = $("back").disabled = walk.place === 0;
  button.disabled = !LAST;
  $("last").disabled = $("forward").disabled = Math.floor(walk.place) === walk.length;
}

// Under the slider: where detours and violations are, and the phases of shutdowns and provisions.
function drawMarks() {
  const canvas = $("marks");
  const { width, height } = canvas.getBoundingClientRect();
  const ratio = devicePixelRatio || 1;
  [canvas.width, canvas.height] = [width * ratio, height * ratio];
  const pen = canvas.getContext("2d");
  pen.scale(ratio, ratio);
  const style = getComputedStyle(document.documentElement);
  const tick = Math.max(1.5, Math.min(4, width / Math.max(1, LAST)));
  const draw = (step, name, top, tall) => {
    const place = step ? walk.placeOf(ACTIONS[step - 1]) : 0;
    pen.fillStyle = style.getPropertyValue(name);
    pen.fillRect((width * place) / Math.max(1, walk.length) - tick / 2, top, tick, tall);
  };
  for (const action of ACTIONS) {
    if (action.kind === "shutdown" || action.kind === "stop") draw(action.step, "--gone", 5, 3);
    else if (action.kind === "update") draw(action.step, "--accent", 2, 6);
    else if (action.kind === "provision" || action.kind === "start") draw(action.step, "--new", 5, 3);
    if (action.detour) draw(action.step, "--aside", 0, 8);
  }
  for (const step of WRONG.keys()) draw(step || LAST, "--bad", 0, 8);
}

setUpPlayer();
$("slider").addEventListener("input", (event) => {
  pause();
  goto(Number(event.target.value));
});
$("first").addEventListener("click", () => stepBy(-LAST - 1));
$("back").addEventListener("click", () => stepBy(-1));
$("play").addEventListener("click", togglePlay);
$("forward").addEventListener("click", () => stepBy(1));
$("last").addEventListener("click", () => stepBy(LAST));
