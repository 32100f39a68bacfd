// The page: pictures where their data is, and what is done with all pairs: jump, search, filter, copy, open what is linked to.
const $ = (query) => document.querySelector(query);
const readable = (found) => found.toLocaleString("en");
const tools = $(".tools"), told = $("#told"), search = $("#search"), only = $("#only"), effect = $("#effect");
const tableRows = [...document.querySelectorAll(".graph tbody tr")];
const groups = [...document.querySelectorAll(".group")];
tools.hidden = false;
document.documentElement.classList.add("scripted");

const pictures = new Map();
for (const data of document.querySelectorAll("script[type='application/json']")) {
  const number = Number(data.dataset.pair);
  pictures.set(number, { number, data, section: $(`#pair-${number}`), picture: null });
}
function drawn(number) {
  const entry = pictures.get(number);
  if (entry && !entry.picture) {
    entry.picture = new Picture(entry.section.querySelector(".stage"), JSON.parse(entry.data.textContent));
    entry.picture.draw();
    wirePicture(entry);
  }
  return entry;
}

function wirePicture(entry) {
  const { picture, section } = entry, { canvas } = picture;
  const keyOf = (event) => { const found = event.target.closest("[data-key]"); return found && [found.dataset.key, Number(found.closest("[data-side]").dataset.side)]; };
  canvas.addEventListener("mouseover", (event) => picture.light((keyOf(event) || [""])[0]));
  canvas.addEventListener("mouseleave", () => picture.light(""));
  canvas.addEventListener("focusin", (event) => { const found = keyOf(event); if (found) picture.light(found[0]); });
  canvas.addEventListener("click", (event) => { const found = keyOf(event); if (found) act(entry, ...found); });
  canvas.addEventListener("keydown", (event) => {
    const found = keyOf(event);
    if (!found || event.ctrlKey || event.metaKey || event.altKey) return;
    const [key, side] = found;
    const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10, Home: -1e9, End: 1e9 };
    if (event.key in steps) picture.select(picture.beside(key, steps[event.key]).key, side, { focus: true });
    else if (event.key === "ArrowLeft" || event.key === "ArrowRight") picture.select(key, event.key === "ArrowRight" ? 1 : 0, { focus: true });
    else if (event.key === "Enter" || event.key === " ") act(entry, key, side);
    else return;
    event.preventDefault();
  });
  const doing = {
    in: () => picture.view.zoom(1.3), out: () => picture.view.zoom(1 / 1.3), fit: () => picture.view.fit(true),
    fold: () => { picture.open.clear(); picture.draw(); picture.view.fit(); },
    unfold: () => unfold(picture),
  };
  section.querySelector(".controls").hidden = false;
  for (const button of section.querySelectorAll(".controls button")) button.addEventListener("click", () => { picture.view.touched = true; doing[button.dataset.act](); });
  section.querySelector(".panel .close").addEventListener("click", () => closePanel(entry));
}
// Open the next level of blocks, as long as there is room.
function unfold(picture) {
  const before = picture.open;
  picture.open = new Set([...before, ...picture.seen().nodes.filter((node) => node.parts).map((node) => node.key)]);
  if (picture.seen().nodes.length > MOST) {
    picture.open = before;
    told.textContent = "too many blocks to open all; open single ones";
  }
  picture.draw();
}
function act(entry, key, side) {
  const { picture } = entry;
  if (picture.model.blocks.has(key)) {
    const was = picture.open.has(key);
    picture.toggle(key);
    const block = picture.model.blocks.get(key);
    picture.select(picture.places.has(key) ? key : block.parts[0].key, side, { focus: true, move: true });
    told.textContent = `${block.names[side] || "block"} ${was ? "folded" : "opened"}`;
    return;
  }
  openPanel(entry, Number(key)); // first, since it takes room from the picture
  picture.select(key, side, { focus: true });
}
function openPanel(entry, row) {
  const panel = entry.section.querySelector(".panel");
  const { title, parts } = panelOf(entry.picture, row, entry.number);
  panel.querySelector("h3").textContent = title;
  panel.querySelector(".body").replaceChildren(...parts);
  panel.hidden = false;
  panel.scrollTop = 0;
}
function closePanel(entry) {
  const panel = entry.section.querySelector(".panel");
  if (panel.hidden) return;
  panel.hidden = true;
  if (entry.picture.selected) entry.picture.select(entry.picture.selected.key, entry.picture.selected.side, { focus: true });
}

// Rows that differ, through all pairs.
let at = null;
function places() {
  const found = [];
  for (const entry of pictures.values()) {
    if (!entry.rows) entry.rows = JSON.parse(entry.data.textContent);
    const { kinds, rows } = entry.rows, equal = kinds.indexOf("equal");
    rows.forEach(([kind], row) => { if (kind !== equal) found.push([entry.number, row]); });
  }
  return found;
}
let differences = null;
function jump(step) {
  differences = differences || places();
  if (!differences.length) { told.textContent = "nothing differs"; return; }
  const here = at === null ? (step > 0 ? -1 : 0) : differences.findIndex(([number, row]) => number === at[0] && row === at[1]);
  const next = (here + step + differences.length) % differences.length;
  goTo(...differences[next]);
  told.textContent = `layer ${readable(next + 1)} of ${readable(differences.length)} that differ`;
}
function goTo(number, row) {
  at = [number, row];
  const entry = drawn(number), { picture, section } = entry;
  const folded = section.querySelector(".stage").closest("details");
  if (folded) folded.open = true;
  section.querySelector(".drawing").scrollIntoView({ block: "nearest" });
  picture.reveal(row);
  openPanel(entry, row);
  picture.select(`${row}`, picture.model.rows[row].sides[0] ? 0 : 1, { focus: true });
}

function filter() {
  const wanted = search.value.trim().toLowerCase(), all = wanted === "" && !only.checked;
  let shown = 0;
  for (const row of tableRows) {
    row.hidden = !all && ((only.checked && !row.hasAttribute("data-d")) || (wanted !== "" && !row.textContent.toLowerCase().includes(wanted)));
    if (!row.hidden) shown += 1;
  }
  for (const stretch of document.querySelectorAll(".stretch")) {
    const some = stretch.querySelector("tbody tr:not([hidden])") !== null;
    stretch.hidden = !some;
    if (stretch.tagName === "DETAILS") stretch.open = some && !all;
  }
  for (const group of groups) {
    group.hidden = (effect.value !== "" && group.dataset.effect !== effect.value)
      || (wanted !== "" && !group.textContent.toLowerCase().includes(wanted));
  }
  told.textContent = `${readable(shown)} of ${readable(tableRows.length)} rows, ${readable(groups.filter((group) => !group.hidden).length)} of ${readable(groups.length)} findings`;
}
// Enter in the search goes to the next layer of the picture that has the words in its name or type.
function find(step) {
  const wanted = search.value.trim().toLowerCase();
  if (!wanted) return;
  const found = [];
  for (const { number } of pictures.values()) {
    for (const { row, sides } of drawn(number).picture.model.rows) {
      if (sides.some((side) => side && `${side.name} ${side.op}`.toLowerCase().includes(wanted))) found.push([number, row]);
    }
  }
  if (!found.length) { told.textContent = "no layer with that in its name or type"; return; }
  const here = at === null ? -1 : found.findIndex(([number, row]) => number === at[0] && row === at[1]);
  const next = (here + step + found.length) % found.length;
  goTo(...found[next]);
  told.textContent = `layer ${next + 1} of ${found.length}`;
}

async function copy(button) {
  const text = button.dataset.copy;
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // A page from a file may have no clipboard.
    const field = element("textarea", { readonly: "" }, text);
    document.body.append(field);
    field.select();
    document.execCommand("copy");
    field.remove();
    button.focus();
  }
  button.textContent = "Copied";
  told.textContent = "copied";
  setTimeout(() => { button.textContent = "Copy"; }, 1500);
}
// What is linked to is opened before the browser looks for it.
function unfoldTarget() {
  const target = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (!target) return;
  for (let folded = target.closest("details"); folded; folded = folded.parentElement.closest("details")) folded.open = true;
  target.scrollIntoView({ block: target.tagName === "TR" ? "center" : "start" });
}

$("#next").addEventListener("click", () => jump(1));
$("#previous").addEventListener("click", () => jump(-1));
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName)) return;
  const entry = drawn(at ? at[0] : pictures.keys().next().value), view = entry?.picture?.view;
  const keys = {
    n: () => jump(1), p: () => jump(-1), "/": () => search.focus(), "+": () => view?.zoom(1.3), "-": () => view?.zoom(1 / 1.3), 0: () => view?.fit(true),
    Escape: () => { for (const each of pictures.values()) if (each.picture) closePanel(each); },
  };
  if (!(event.key in keys)) return;
  keys[event.key]();
  event.preventDefault();
});
let waiting = 0;
search.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(filter, 150); });
search.addEventListener("keydown", (event) => { if (event.key === "Enter") { event.preventDefault(); find(event.shiftKey ? -1 : 1); search.focus(); } });
only.addEventListener("change", filter);
effect.addEventListener("change", filter);
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-copy]");
  if (button) { copy(button); return; }
  const row = event.target.closest(".graph tbody tr");
  if (row && !event.target.closest("a, button") && !getSelection().toString()) goTo(...row.id.slice(1).split("-").map(Number));
  const link = event.target.closest("a[href^='#']");
  if (link && link.hash === location.hash) unfoldTarget();
});
window.addEventListener("hashchange", unfoldTarget);
const near = new IntersectionObserver((seen) => { for (const each of seen) if (each.isIntersecting) drawn(Number(each.target.dataset.pair)); }, { rootMargin: "200px" });
for (const stage of document.querySelectorAll(".stage")) near.observe(stage);
unfoldTarget();
