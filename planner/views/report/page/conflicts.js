// Why the plan needs detours at all: VMs that cannot all go straight home. A click shows these VMs alone.

const MOST_CONFLICTS = 200;

function renderConflicts() {
  const box = $("conflicts");
  const known = DATA.conflicts;
  box.hidden = !known.length;
  if (!known.length) return;
  const count = known.length === 1 ? "1 conflict" : `${plain(known.length)} conflicts`;
  box.querySelector("summary").textContent = `Why detours: ${count}; of each, one VM at least steps aside`;
  const lines = known.slice(0, MOST_CONFLICTS).map(([vms, weight, text]) => {
    const line = make("li");
    const link = make("button", "", `${plain(vms.length)} VM${vms.length === 1 ? "" : "s"}`);
    link.title = `Show these VMs alone; weighs ${weight} in the bound`;
    link.addEventListener("click", () => searchVms(vms));
    line.append(link, sentence("span", "", text));
    return line;
  });
  if (known.length > MOST_CONFLICTS) lines.push(make("li", "", `and ${plain(known.length - MOST_CONFLICTS)} more`));
  box.querySelector("ol").replaceChildren(...lines);
}
