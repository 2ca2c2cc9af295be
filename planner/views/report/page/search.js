// The search: VMs and hosts whose name holds the text; a whole name, typed out, means that one alone.

const VM_KEYS = VMS.map((vm) => vm.name.toLowerCase());
const HOST_KEYS = HOSTS.map((host) => host.name.toLowerCase());

function find(text) {
  const key = text.trim().toLowerCase();
  if (!key) return null;
  const exact = VM_KEYS.includes(key) || HOST_KEYS.includes(key);
  const hits = (keys) => new Set(keys.flatMap((name, number) => ((exact ? name === key : name.includes(key)) ? [number] : [])));
  const [vms, hosts] = [hits(VM_KEYS), hits(HOST_KEYS)];
  const actions = ACTIONS.filter((action) => vms.has(action.vm) || hosts.has(action.from) || hosts.has(action.to));
  return { vms, hosts, actions };
}

function search(text) {
  showFound(find(text));
}

// Some VMs by number, whatever they are called: a conflict, say.
function searchVms(numbers) {
  const vms = new Set(numbers);
  $("search").value = "";
  showFound({ vms, hosts: new Set(), actions: ACTIONS.filter((action) => vms.has(action.vm)) });
}

// The actions that decide the end, and nothing else; once more: all again.
function toggleChain() {
  const actions = ACTIONS.filter((action) => CHAIN.has(action.step));
  $("search").value = "";
  const vms = new Set(actions.map((action) => action.vm).filter((vm) => vm >= 0));
  const hosts = new Set(actions.filter(isUpdate).map((action) => action.to));
  showFound(ui.found?.chain ? null : { vms, hosts, actions, chain: true });
}

function showFound(found) {
  ui.found = found;
  $("chain").setAttribute("aria-pressed", String(Boolean(found?.chain)));
  ui.look++;
  document.body.classList.toggle("searching", ui.found !== null && ui.found.vms.size > 0);
  $("found").textContent = ui.found === null ? "" : foundWords(ui.found);
  render();
}

function foundWords({ vms, hosts, actions }) {
  if (!vms.size && !hosts.size) return "nothing";
  const count = (number, word) => `${plain(number)} ${word}${number === 1 ? "" : "s"}`;
  const parts = [];
  if (vms.size) parts.push(count(vms.size, "VM"));
  if (hosts.size) parts.push(count(hosts.size, "host"));
  return `${parts.join(", ")} · ${count(actions.length, "action")}`;
}

// To the next action of what was found, round the end; backwards with `by` = -1.
function jump(by) {
  const actions = ui.found?.actions ?? [];
  if (!actions.length) return;
  const next = by > 0
    ? (actions.find((action) => walk.isAhead(action)) ?? actions[0])
    : (actions.findLast((action) => walk.placeOf(action) < Math.floor(walk.place)) ?? actions.at(-1));
  goto(walk.placeOf(next));
}

// The hosts that a search leaves on the screen: found themselves, or where a found VM is, was or shall be.
function hostsFound() {
  const shown = new Set(ui.found.hosts);
  for (const vm of ui.found.vms) {
    for (const host of [walk.at[vm], VMS[vm].source, VMS[vm].target]) if (host >= 0) shown.add(host);
    for (const action of TURNS[vm]) if (action.to >= 0) shown.add(action.to);
  }
  return shown;
}

$("search").addEventListener("input", (event) => search(event.target.value));
$("search").addEventListener("keydown", (event) => {
  if (event.key === "Enter") jump(event.shiftKey ? -1 : 1);
  if (event.key === "Escape") {
    event.target.value = "";
    search("");
    event.target.blur();
  }
  if (["Enter", "Escape"].includes(event.key)) event.preventDefault();
  event.stopPropagation();
});
