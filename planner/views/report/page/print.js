// On paper: before and after of every host, and the whole list of actions.

const PAPER_BAR_PX = 250;
// More would keep a browser busy for minutes, and fill a thousand sheets.
const MOST_ON_PAPER = { hosts: 2000, actions: 5000 };

function cell(tag, className, ...content) {
  const element = make(tag, className);
  element.append(...content);
  return element;
}

function table(heads, rows) {
  const element = make("table");
  const head = make("thead");
  head.append(cell("tr", "", ...heads.map(([text, className]) => make("th", className, text))));
  element.append(head, cell("tbody", "", ...rows));
  return element;
}

// A row for each, and one that counts those left out.
function paperRows(all, most, rowOf, columns) {
  const rows = all.slice(0, most).map(rowOf);
  if (all.length > most) {
    const rest = make("td", "rest", `and ${plain(all.length - most)} more, on the page and in the files`);
    rest.colSpan = columns;
    rows.push(cell("tr", "", rest));
  }
  return rows;
}

function paperBar(where, host, which) {
  const bar = make("div", "bar");
  drawBar(bar, where, host, { width: PAPER_BAR_PX, which, most: 12, scale: "common" });
  return bar;
}

function paperHost(host) {
  const figures = (where) => RESOURCES.map((resource, r) => `${ofSize(where.load[host][r], HOSTS[host].usable[r], r)} ${resource.label}`).join(", ");
  const show = (where, which) => cell("td", "", paperBar(where, host, which), figures(where));
  return cell("tr", "", make("td", "", HOSTS[host].name), show(before, "current"), show(after, "target"));
}

function paperAction(action) {
  const note = action.detour ? " (detour)" : isUpdate(action) ? ` (${batchWords(action)})` : "";
  const what = sentence("td", "", `${DATA.odd[action.step] ? "" : `${WORDS[action.kind]} `}${subjectOf(action)}${note}`);
  for (const text of WRONG.get(action.step) ?? []) what.append(sentence("b", "reason", text));
  if (DATA.notes[action.step]) what.append(sentence("span", "reason", DATA.notes[action.step]));
  const cells = [make("td", "n", plain(action.step)), what, make("td", "", hostName(action.from)), make("td", "", hostName(action.to))];
  if (film) cells.push(make("td", "when", clockTime(action.start)), make("td", "when", clockTime(action.end)));
  return cell("tr", "", ...cells);
}

function fillPaper() {
  const label = RESOURCES[ui.resource].label;
  const heads = [["", "n"], ["Action", ""], ["From", "where"], ["To", "where"], ...(film ? [["Begins", "when"], ["Ends", "when"]] : [])];
  $("print").replaceChildren(
    make("h2", "", `Current and target placement (bars: ${label})`),
    document.querySelector(".legend").cloneNode(true),
    table([["Host", "host"], ["Current", ""], ["Target", ""]], paperRows(POOL_ORDER, MOST_ON_PAPER.hosts, paperHost, 3)),
    make("h2", "", `${plain(LAST)} actions, in this order`),
    table(heads, paperRows(ACTIONS, MOST_ON_PAPER.actions, paperAction, heads.length)),
  );
}

let themeBeforePaper = "light";
let foldedBeforePaper = [];

addEventListener("beforeprint", () => {
  themeBeforePaper = document.documentElement.dataset.theme;
  document.documentElement.dataset.theme = "light";
  foldedBeforePaper = [...document.querySelectorAll("details:not([open])")];
  for (const box of foldedBeforePaper) box.open = true;
  fillPaper();
});
addEventListener("afterprint", () => {
  document.documentElement.dataset.theme = themeBeforePaper;
  for (const box of foldedBeforePaper) box.open = false;
  $("print").replaceChildren();
});
