// Who is where, and the walk through the plan: one action done or undone is a change on two hosts.

class Placement {
  constructor(hostOf) {
    this.at = new Int32Array(VMS.length).fill(NOWHERE);
    this.on = HOSTS.map(() => []);
    this.load = HOSTS.map(() => RESOURCES.map(() => 0));
    this.version = new Uint32Array(HOSTS.length);
    VMS.forEach((vm, number) => {
      const host = hostOf(vm);
      if (host >= 0) this.put(number, host);
      this.at[number] = host;
    });
  }

  put(vm, host) {
    const guests = this.on[host];
    guests.splice(placeOf(guests, vm), 0, vm);
    this.count(vm, host, 1);
  }

  take(vm, host) {
    const guests = this.on[host];
    guests.splice(guests.indexOf(vm), 1);
    this.count(vm, host, -1);
  }

  // In a placement at rest nobody moves; those that play the plan know better.
  isMoving() {
    return false;
  }

  touches() {
    return false;
  }

  ghostOn() {
    return NOWHERE;
  }

  isUpdating() {
    return false;
  }

  count(vm, host, sign) {
    const load = this.load[host];
    const demand = VMS[vm].demand;
    for (let r = 0; r < load.length; r++) load[r] += sign * demand[r];
    this.version[host]++;
  }
}

// Guests stay in pool order, so a state looks the same whichever way one came to it.
function placeOf(guests, vm) {
  let low = 0;
  let high = guests.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (guests[middle] < vm) low = middle + 1;
    else high = middle;
  }
  return low;
}

class Walk extends Placement {
  step = 0;
  flying = false;

  // Go to a step; half a step more is the next action in flight, its VM counted on both hosts.
  // Even 40,000 deltas take a few milliseconds, less than a checkpoint takes to unpack.
  go(place) {
    this.land();
    const step = Math.floor(place);
    while (this.step < step) this.carry(ACTIONS[this.step++], 1);
    while (this.step > step) this.carry(ACTIONS[--this.step], -1);
    if (place > step) this.fly();
  }

  carry(action, direction) {
    const { vm } = action;
    const [from, to] = direction > 0 ? [action.from, action.to] : [action.to, action.from];
    if (vm < 0 || from === to) return;
    if (from >= 0) this.take(vm, from);
    if (to >= 0) this.put(vm, to);
    this.at[vm] = to;
  }

  fly() {
    const { vm, from, to } = ACTIONS[this.step];
    this.flying = vm >= 0 && from >= 0 && to >= 0 && from !== to;
    if (this.flying) this.put(vm, to);
  }

  land() {
    if (this.flying) this.take(ACTIONS[this.step].vm, ACTIONS[this.step].to);
    this.flying = false;
  }

  get place() {
    return this.step + (this.flying ? 0.5 : 0);
  }

  get length() {
    return ACTIONS.length;
  }

  placeOf(action) {
    return action.step;
  }

  isNow(action) {
    return this.action === action;
  }

  isDone(action) {
    return action.step <= this.step;
  }

  isAhead(action) {
    return action.step > this.step;
  }

  isMoving(vm, host) {
    const action = this.action;
    return action !== null && action.vm === vm && action.from !== action.to && (host === action.from || host === action.to);
  }

  touches(host) {
    const action = this.action;
    return action !== null && (action.from === host || action.to === host);
  }

  isUpdating(host) {
    return this.action?.kind === "update" && this.action.to === host;
  }

  // The VM that has just left a host, of which an outline stays behind.
  ghostOn(host) {
    const action = this.action;
    return action && !this.flying && action.from === host && action.to !== host ? action.vm : NOWHERE;
  }

  neighbour(by) {
    return by < 0 ? Math.ceil(this.place) + by : this.step + by;
  }

  // The action that is spoken of: the one in flight, else the one just done.
  get action() {
    return this.flying ? ACTIONS[this.step] : (ACTIONS[this.step - 1] ?? null);
  }
}

const steps = new Walk((vm) => vm.source);
const before = new Placement((vm) => vm.source);
const after = new Placement((vm) => vm.target);

// What a VM is on that host: decides its colour, its sign and its place in the bar.
function statusOf(vm, host) {
  const { source, target } = VMS[vm];
  if (target < 0) return "gone";
  if (source < 0) return host === target ? "new" : "aside";
  if (host === target) return source === target ? "home" : "here";
  return host === source ? "move" : "aside";
}

const STATUS_WORDS = {
  home: "stays", here: "has arrived", move: "to be migrated", aside: "on a detour", gone: "to be shut down", new: "provisioned",
};
const STATUS_ORDER = ["home", "here", "new", "aside", "move", "gone"];
const SIGNS = { gone: "× ", new: "+ ", aside: "↷ " };
