// The panel: what parity explain says of a layer and its counterpart, from the data of the page.
function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}
// The names of the layers for the signs that stand for them.
function named(found, names) {
  if (typeof found === "string") return found.replaceAll("\u0001", () => names[0]).replaceAll("\u0002", () => names[1]);
  if (Array.isArray(found)) return found.map((each) => named(each, names));
  return found && typeof found === "object" ? Object.fromEntries(Object.entries(found).map(([key, value]) => [key, named(value, names)])) : found;
}
function ruleLink(rule) {
  return document.getElementById(`rule-${rule}`) ? element("a", { class: "rule", href: `#rule-${rule}` }, rule) : element("span", { class: "rule" }, rule);
}
function copyButton(text) {
  return element("button", { type: "button", class: "copy", "data-copy": text, "aria-label": `copy: ${text}` }, "Copy");
}
function panelOf(picture, row, number) {
  const { sides, mark, detail } = picture.model.rows[row];
  const names = sides.map((side) => (side ? side.name : "")), told = named(detail, names);
  const parts = [element("p", {}, element("span", { class: `tag ${mark.replace(" ", "-")}` }, mark), told.kind ? ` ${told.kind}` : "")];
  const what = told.what || sides.map((side) => (side ? [`${side.op} ${side.name}`, side.shape, side.params ? `${side.params.toLocaleString("en")} elements` : ""] : ["nothing"]));
  parts.push(element("dl", {}, ...["left", "right"].flatMap((side, at) => [
    element("dt", {}, side), ...what[at].filter(Boolean).map((line, index) => element("dd", index ? { class: "soft" } : {}, element("code", {}, line))),
  ])));
  if (told.why) parts.push(element("p", {}, told.why));
  parts.push(element("h4", {}, "Findings"));
  if (!told.found.length) parts.push(element("p", { class: "soft" }, "nothing"));
  for (const [rule, values, effect, lines, remedy] of told.found) {
    const head = element("p", {}, ruleLink(rule), " ", ...(values ? [element("mark", {}, values), " "] : []), element("span", { class: "soft" }, effect));
    const said = lines.filter(Boolean).map((line) => element("p", {}, line));
    parts.push(element("div", { class: "said" }, head, ...said, ...(remedy ? [element("p", { class: "remedy" }, `→ ${remedy} `, copyButton(remedy))] : [])));
  }
  parts.push(...panelSettings(told), ...panelWeights(told), ...panelRest(told));
  if (!told.what && picture.model.rows.length > 1) parts.push(element("p", { class: "soft" }, "Settings and weights: ", element("code", {}, `parity explain LEFT RIGHT ${names[0] || names[1]}`)));
  parts.push(element("p", {}, element("a", { href: `#r${number}-${row}` }, `row ${(row + 1).toLocaleString("en")} of the table`)));
  return { title: names.map((name) => name || "nothing").join(" / "), parts };
}
function panelSettings(told) {
  if (!told.settings?.length && !told.others) return [];
  const rows = (told.settings || []).map(([name, left, right, differs]) => element("tr", differs ? { class: "differs" } : {},
    element("th", { scope: "row" }, name), ...[left, right].map((value) => element("td", {}, differs ? element("mark", {}, value) : value))));
  const head = element("thead", {}, element("tr", {}, ...["Setting", "left", "right"].map((name) => element("th", { scope: "col" }, name))));
  return [
    element("h4", {}, "Settings"),
    ...(rows.length ? [element("table", {}, head, element("tbody", {}, ...rows))] : []),
    ...(told.others ? [element("p", { class: "soft" }, told.others)] : []),
  ];
}
function panelWeights(told) {
  if (!told.weights?.length) return [];
  return [element("h4", {}, "Weights"), ...told.weights.map(([role, left, right, ...lines]) => element("div", { class: "said" },
    element("p", {}, element("strong", {}, role)),
    ...[left, right].map((weight, at) => element("p", {}, element("span", { class: "soft" }, `${["left", "right"][at]} `), element("code", {}, weight))),
    ...lines.map((line) => element("p", { class: "soft" }, line, " ", ...(line.startsWith("in numpy: ") ? [copyButton(line.slice(10))] : [])))))];
}
function panelRest(told) {
  const found = [];
  if (told.made?.length) found.push(element("h4", {}, "Outputs"), ...told.made.map((line) => element("p", {}, line)));
  if (told.silent?.length) {
    found.push(element("details", {}, element("summary", {}, "Rules without findings"),
      ...told.silent.map(([rules, names]) => element("p", {}, rules, " ", element("span", { class: "soft" }, names)))));
  }
  return found;
}
