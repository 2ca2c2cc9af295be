// Play, pause, step, slide.

const LAST = ACTIONS.length;
const player = { playing: false, timer: 0 };
const SLOW = 2; // actions a second up to which each is also shown in flight
const LEAST_MS = 33;

// Go to a step; half a step more shows the next action in flight.
function goto(place) {
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
  if (walk.step === LAST) goto(0);
  player.playing = true;
  renderPlayer();
  player.timer = setTimeout(tick, 300);
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

function togglePlay() {
  if (player.playing) pause();
  else play();
}

// A person steps: that ends the playing.
function stepBy(by) {
  pause();
  goto(by < 0 ? Math.ceil(walk.place) + by : walk.step + by);
}

function renderPlayer() {
  const button = $("play");
  button.setAttribute("aria-pressed", String(player.playing));
  button.setAttribute("aria-label", player.playing ? "Pause" : "Play");
  $("stage").setAttribute("aria-live", player.playing ? "off" : "polite"); // nobody can listen that fast
  $("slider").value = String(walk.step);
  $("slider").setAttribute("aria-valuetext", `step ${walk.step} of ${LAST}`);
  $("count").replaceChildren(plain(walk.step), make("small", "", ` / ${plain(LAST)}`));
  $("first").disabled = $("back").disabled = walk.place === 0;
  $("last").disabled = $("forward").disabled = walk.step === LAST;
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
    pen.fillStyle = style.getPropertyValue(name);
    pen.fillRect((width * step) / Math.max(1, LAST) - tick / 2, top, tick, tall);
  };
  for (const action of ACTIONS) {
    if (action.kind === "shutdown" || action.kind === "stop") draw(action.step, "--gone", 5, 3);
    else if (action.kind === "provision" || action.kind === "start") draw(action.step, "--new", 5, 3);
    if (action.detour) draw(action.step, "--aside", 0, 8);
  }
  for (const step of WRONG.keys()) draw(step || LAST, "--bad", 0, 8);
}

$("slider").max = String(LAST);
$("slider").addEventListener("input", (event) => {
  pause();
  goto(Number(event.target.value));
});
$("first").addEventListener("click", () => stepBy(-LAST - 1));
$("back").addEventListener("click", () => stepBy(-1));
$("play").addEventListener("click", togglePlay);
$("forward").addEventListener("click", () => stepBy(1));
$("last").addEventListener("click", () => stepBy(LAST));
