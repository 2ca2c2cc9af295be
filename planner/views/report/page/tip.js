// What is under the pointer or the focus: name, demand, where from and where to.

const tip = $("tip");

function tipLines(element) {
  const { vm, many, left } = element.dataset;
  if (vm === undefined) return [many];
  const { name, source, target } = VMS[vm];
  const status = left ? "has just left" : STATUS_WORDS[statusOf(Number(vm), Number(element.dataset.on))];
  const route = source === target ? `home on ${hostName(source)}` : `${hostName(source)} → ${hostName(target)}`;
  const held = DATA.held[vm];
  return [name, demands(vm), `${status} · ${route}`, ...(held ? [`not free to choose: ${held}`] : [])];
}

function showTip(element) {
  showLines(tipLines(element), element.getBoundingClientRect());
}

function showLines([title, ...lines], box) {
  tip.replaceChildren(make("b", "", title), ...lines.map((line) => sentence("span", "", line)));
  tip.hidden = false;
  const { width, height } = tip.getBoundingClientRect();
  const below = box.bottom + 6 + height < innerHeight;
  tip.style.left = `${Math.max(6, Math.min(box.left, innerWidth - width - 6))}px`;
  tip.style.top = `${below ? box.bottom + 6 : Math.max(6, box.top - height - 6)}px`;
}

function hideTip() {
  tip.hidden = true;
}

function tipped(event) {
  const element = event.target.closest?.("[data-vm], [data-many]");
  if (element) showTip(element);
  else hideTip();
}

document.addEventListener("pointerover", tipped);
document.addEventListener("focusin", tipped);
document.addEventListener("scroll", hideTip, { capture: true, passive: true });
document.documentElement.addEventListener("pointerleave", hideTip);
