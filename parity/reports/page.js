"use strict";
// Without this the page is all there, as tables; with it one can jump, filter and see what is wired to what.
const tools = document.querySelector(".tools");
const rows = [...document.querySelectorAll(".graph tbody tr")];
const place = new Map(rows.map((row, index) => [row, index]));
const groups = [...document.querySelectorAll(".group")];
const told = document.querySelector("#told");
const search = document.querySelector("#search");
const only = document.querySelector("#only");
const effect = document.querySelector("#effect");
tools.hidden = false;

const differs = (row) => row.hasAttribute("data-d");
let at = -1;
function jump(step) {
  const all = rows.filter((row) => differs(row) && !row.hidden);
  if (all.length === 0) { told.textContent = "no difference is shown"; return; }
  const current = all.indexOf(rows[at]);
  const next = current === -1 ? (step > 0 ? Math.max(0, all.findIndex((row) => place.get(row) > at)) : all.length - 1) : current + step;
  const row = all[(next + all.length) % all.length];
  at = place.get(row);
  const folded = row.closest("details");
  if (folded) folded.open = true;
  row.scrollIntoView({ block: "center" });
  row.focus({ preventScroll: true });
  told.textContent = `difference ${all.indexOf(row) + 1} of ${all.length}`;
}
function filter() {
  const wanted = search.value.trim().toLowerCase();
  let shown = 0;
  for (const row of rows) {
    row.hidden = (only.checked && !differs(row)) || (wanted !== "" && !row.textContent.toLowerCase().includes(wanted));
    if (!row.hidden) shown += 1;
  }
  for (const chunk of document.querySelectorAll(".chunk")) chunk.hidden = !chunk.querySelector("tbody tr:not([hidden])");
  for (const group of groups) {
    group.hidden = (effect.value !== "" && group.dataset.effect !== effect.value)
      || (wanted !== "" && !group.textContent.toLowerCase().includes(wanted));
  }
  told.textContent = `${shown} of ${rows.length} rows, ${groups.filter((group) => !group.hidden).length} of ${groups.length} findings`;
}
let near = [];
function light(event) {
  for (const row of near) row.classList.remove("near");
  near = [];
  const row = event.target.closest(".graph tbody tr");
  if (!row) return;
  for (const link of row.querySelectorAll(".wire a")) near.push(document.getElementById(link.hash.slice(1)));
  near = near.filter(Boolean);
  for (const each of near) each.classList.add("near");
}
document.querySelector("#next").addEventListener("click", () => jump(1));
document.querySelector("#previous").addEventListener("click", () => jump(-1));
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName)) return;
  if (event.key === "n") jump(1);
  else if (event.key === "p") jump(-1);
  else if (event.key === "/") { event.preventDefault(); search.focus(); }
});
let waiting = 0;
search.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(filter, 120); });
only.addEventListener("change", filter);
effect.addEventListener("change", filter);
document.addEventListener("mouseover", light);
document.addEventListener("focusin", light);
