// The plan in time: who is where at any second, those in flight on both their hosts.

class Film extends Placement {
  second = 0;
  next = 0; // place in `changes` of the first one that is still to come
  flying = new Map(); // vm -> the action that it is in the midst of
  updating = new Map(); // host -> its update, while that runs
  last = null; // the action begun last

  // Begin or end of an action. At one second first those end that ran before it, then all that takes no time,
  // one after another, and then the others begin. The sort is stable: what takes no time begins before it ends.
  changes = ACTIONS.flatMap((action) => [
    { action, begins: true, at: action.start, turn: action.end > action.start ? 2 : 1 },
    { action, begins: false, at: action.end, turn: action.end > action.start ? 0 : 1 },
  ]).sort((a, b) => a.at - b.at || a.turn - b.turn || a.action.step - b.action.step);

  go(second) {
    const { changes } = this;
    while (this.next < changes.length && changes[this.next].at <= second) this.change(changes[this.next++], true);
    while (this.next > 0 && changes[this.next - 1].at > second) this.change(changes[--this.next], false);
    this.second = second;
    this.last = null;
    for (let place = this.next - 1; place >= 0 && !this.last; place--) if (changes[place].begins) this.last = changes[place].action;
  }

  // Carry out the begin or the end of an action, or take it back.
  change({ action, begins }, forward) {
    const { vm, from, to } = action;
    if (isUpdate(action)) {
      if (begins === forward) this.updating.set(to, action);
      else this.updating.delete(to);
      this.version[to]++;
    }
    if (vm < 0 || from === to) return;
    const host = begins ? to : from;
    if (host >= 0) {
      if (begins === forward) this.put(vm, host);
      else this.take(vm, host);
    }
    for (const end of [from, to]) if (end >= 0) this.version[end]++;
    if (begins === forward) this.flying.set(vm, action);
    else this.flying.delete(vm);
    if (!begins) this.at[vm] = forward ? to : from;
  }

  get place() {
    return this.second;
  }

  get length() {
    return MAKESPAN;
  }

  get action() {
    return this.last;
  }

  placeOf(action) {
    return action.start;
  }

  isNow(action) {
    return action.start <= this.second && this.second < action.end;
  }

  isDone(action) {
    return action.end <= this.second;
  }

  isAhead(action) {
    return action.start > this.second;
  }

  isMoving(vm, host) {
    const action = this.flying.get(vm);
    return action !== undefined && (action.from === host || action.to === host);
  }

  touches(host) {
    return this.isUpdating(host) || TOUCHES[host].some((action) => this.flying.get(action.vm) === action);
  }

  isUpdating(host) {
    return this.updating.has(host);
  }

  // Nobody has just left: whoever leaves has been on both hosts for a while.
  ghostOn() {
    return NOWHERE;
  }

  // The nearest second, before or behind this one, at which something begins or ends.
  neighbour(by) {
    const behind = by > 0 ? this.changes.find((change) => change.at > this.second) : this.changes.findLast((change) => change.at < this.second);
    return behind ? behind.at : by > 0 ? MAKESPAN : 0;
  }
}

const film = DATA.times ? new Film((vm) => vm.source) : null;

// What all parts show: the plan step by step, or in time.
let walk = steps;

function setClock(inTime) {
  if (inTime === (walk === film)) return;
  pause();
  const here = walk.action;
  walk = inTime ? film : steps;
  walk.go(here ? walk.placeOf(here) : 0);
  document.body.classList.toggle("in-time", inTime);
  for (const button of $("clock").children) button.setAttribute("aria-pressed", String((button.dataset.clock === "time") === inTime));
  setUpPlayer();
  renderAll();
}

function inTime() {
  return walk === film;
}

// "45 s", "7:30", "2:05:00": short enough for a scale.
function clockTime(seconds) {
  const whole = Math.floor(seconds);
  if (MAKESPAN < 100) return `${whole} s`;
  const two = (number) => String(number).padStart(2, "0");
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  return hours ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}
