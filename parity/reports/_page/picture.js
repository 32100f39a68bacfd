// The picture: both graphs laid out as one, so that a layer and its counterpart stand at the same place of their halves.
const SVG = "http://www.w3.org/2000/svg";
const WIDTH = 208, HEIGHT = 44, BETWEEN = 56, TOP = 30, LETTERS = 24;
const MOST = 400; // nodes that are drawn at once; a layout of more takes seconds
const SIGNS = { different: "≠", "left-only": "◧", "right-only": "◨", undecided: "?", equal: "=" };
const ORDER = Object.keys(SIGNS);

function svg(name, attributes = {}, text = "") {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (text) made.textContent = text;
  return made;
}
function shortened(text, letters) {
  if (text.length <= letters) return text;
  const [first, last] = text.split(" … ");
  if (last === undefined) return `…${text.slice(1 - letters)}`;
  const tail = Math.min(last.length, Math.max(Math.floor((letters - 1) / 2), letters - 1 - first.length));
  return `${first.slice(0, letters - 1 - tail)}…${last.slice(last.length - tail)}`;
}
function shortLine(text, letters) {
  if (text.length <= letters) return text;
  const at = text.indexOf(" (");
  const room = letters - (at < 0 ? 0 : text.length - at);
  return at < 0 || room < 2 ? text : `${text.slice(0, room - 1)}…${text.slice(at)}`;
}
const counted = (number, word) => `${number.toLocaleString("en")} ${word}${number === 1 ? "" : "s"}`;

// Rows and blocks as the page's data has them, and what hangs together.
function model(data) {
  const text = (at) => data.texts[at];
  const half = (told) => told && { name: text(told[0]), op: text(told[1]), shape: text(told[2]), params: told[3], inputs: told.slice(4) };
  const rows = data.rows.map(([kind, mark, left, right, detail], row) => ({
    row, kind: data.kinds[kind], mark: data.marks[mark], sides: [half(left), half(right)], detail: data.details[detail],
  }));
  const blocks = new Map();
  const home = new Array(rows.length).fill(null);
  function part(told, parent) {
    if (typeof told === "number") {
      home[told] = parent;
      return { key: `${told}`, start: told, end: told + 1, parent, names: rows[told].sides.map((side) => (side ? side.name : "")) };
    }
    const [key, start, end, left, right, parts] = told;
    const block = { key, start, end, parent, names: [text(left), text(right)] };
    block.parts = parts.map((each) => part(each, block));
    blocks.set(key, block);
    return block;
  }
  const parts = data.tree.map((each) => part(each, null));
  return { rows, blocks, home, parts, sources: data.sources };
}

class Picture {
  constructor(stage, data) {
    this.model = model(data);
    this.first = new Set(data.open);
    this.open = new Set(data.open);
    this.stage = stage;
    this.selected = null;
    this.canvas = svg("svg", { class: "picture canvas", role: "group", "aria-label": "both models as graphs; arrow keys go from layer to layer, Enter opens one" });
    this.content = svg("g");
    this.clip = `inside-${stage.dataset.pair}`;
    const inside = svg("clipPath", { id: this.clip }), definitions = svg("defs");
    inside.append(svg("rect", { width: WIDTH - 4, height: HEIGHT }));
    definitions.append(inside);
    this.canvas.append(definitions, this.content);
    stage.querySelector("svg").replaceWith(this.canvas);
    this.view = new View(this);
  }

  // What is seen: rows, folded blocks, and the blocks around them that are open.
  seen() {
    const nodes = [], frames = [], items = [];
    const visit = (part) => {
      items.push(part);
      if (part.parts && this.open.has(part.key)) {
        frames.push(part);
        part.parts.forEach(visit);
      } else nodes.push(part);
    };
    this.model.parts.forEach(visit);
    return { nodes, frames, items };
  }

  edges(nodes) {
    const at = new Array(this.model.rows.length);
    for (const node of nodes) for (let row = node.start; row < node.end; row += 1) at[row] = node;
    const found = new Map();
    this.model.rows.forEach(({ sides }, row) => sides.forEach((side, index) => {
      for (const source of side ? side.inputs : []) {
        const from = at[source], to = at[row];
        if (from === to) continue;
        const key = `${from.key}>${to.key}`;
        if (!found.has(key)) found.set(key, { from, to, sides: [false, false] });
        found.get(key).sides[index] = true;
      }
    }));
    return [...found.values()];
  }

  draw() {
    const { nodes, items } = this.seen();
    this.items = items;
    const layout = laidOut(this.model.parts, stretches(this.edges(nodes)), (part) => Boolean(part.parts) && this.open.has(part.key));
    this.half = Math.max(layout.width, WIDTH + ACROSS) + BETWEEN;
    this.size = { width: 2 * this.half - BETWEEN, height: layout.height + TOP };
    this.places = new Map();
    this.wires = [];
    this.content.replaceChildren();
    this.content.append(svg("line", { class: "between", x1: this.half - BETWEEN / 2, x2: this.half - BETWEEN / 2, y1: 0, y2: this.size.height }));
    for (const side of [0, 1]) this.content.append(this.drawHalf(layout, side, nodes));
    this.mark();
    this.view.changed(nodes.map((node) => ({ ...layout.places.get(node.key), kind: this.worst(node) })));
  }

  drawHalf(layout, side, nodes) {
    const half = svg("g", { transform: `translate(${side * this.half} 0)`, "data-side": side });
    const source = this.model.sources[side];
    const head = svg("text", { class: "head", x: 12, y: 18 }, shortened(source.split("/").pop(), Math.floor((this.half - BETWEEN) / 8.5)));
    head.append(svg("title", {}, source));
    const body = svg("g", { transform: `translate(0 ${TOP})` });
    for (const { from, to, sides, keys, points } of layout.paths) {
      if (!sides[side]) continue;
      const only = !sides[1 - side] && [from, to].every((key) => this.isOnBoth(key));
      const path = svg("path", { class: `wire${only ? " only" : ""}`, d: curve(points) });
      this.wires.push({ path, keys });
      body.append(path);
    }
    for (const frame of layout.frames) body.append(this.drawFrame(frame, side));
    for (const node of nodes) body.append(this.drawNode(layout.places.get(node.key), node, side));
    half.append(head, body);
    return half;
  }

  isOnBoth(key) {
    const part = this.items.find((each) => each.key === key);
    return !part || (Boolean(part.names[0]) && Boolean(part.names[1]));
  }

  drawFrame({ part, x, y, width, height }, side) {
    const name = part.names[side] || "nothing";
    const made = svg("g", { class: "frame", role: "button", tabindex: -1, "aria-expanded": "true", "aria-label": `fold ${name}` });
    made.dataset.key = part.key;
    made.append(svg("rect", { class: "around", x, y, width, height, rx: 8 }), svg("rect", { class: "bar", x, y, width, height: TITLE, rx: 8 }));
    made.append(svg("text", { class: "label", x: x + 8, y: y + 14 }, `⊟ ${shortened(this.within(part, side) || "nothing", Math.floor((width - 30) / 7))}`), svg("title", {}, name));
    this.remember(part.key, side, made, { x: x + width / 2, y: y + 10 });
    return made;
  }

  drawNode({ x, y }, node, side) {
    const kind = this.worst(node), name = node.names[side];
    const made = svg("g", { class: `node ${name ? kind : "nothing"}`, transform: `translate(${x - WIDTH / 2} ${y - HEIGHT / 2})` });
    const box = svg("rect", { class: "box", width: WIDTH, height: HEIGHT, rx: 5 });
    if (!name) {
      made.append(box, svg("text", { class: "soft", x: 10, y: 26 }, "nothing"));
      return made;
    }
    made.dataset.key = node.key;
    const line = this.line(node, side), marks = this.counts(node);
    const said = `${name}, ${line}, ${node.parts ? marks : this.model.rows[node.start].mark}`;
    for (const [key, value] of Object.entries({ role: "button", tabindex: -1, "aria-label": `${["left", "right"][side]}: ${said}` })) made.setAttribute(key, value);
    if (node.parts) made.setAttribute("aria-expanded", "false");
    made.append(svg("title", {}, said));
    if (node.parts) made.append(svg("rect", { class: "stack", x: 4, y: 4, width: WIDTH, height: HEIGHT, rx: 5 }));
    made.append(box);
    if (node.parts) this.drawShares(made, node);
    const letters = svg("g", { "clip-path": `url(#${this.clip})` });
    letters.append(svg("text", { x: 10, y: 18 }, shortened(this.within(node, side), LETTERS)), svg("text", { class: "line", x: 10, y: 33 }, shortLine(line, LETTERS + 4)));
    made.append(letters, svg("text", { class: "sign", x: WIDTH - 8, y: 18 }, SIGNS[kind]));
    this.remember(node.key, side, made, { x, y });
    return made;
  }

  drawShares(made, node) {
    let at = 0;
    const kinds = this.kinds(node);
    for (const kind of ORDER.filter((each) => kinds.has(each))) {
      const length = (WIDTH * kinds.get(kind)) / (node.end - node.start);
      made.append(svg("rect", { class: `share ${kind}`, x: at, y: HEIGHT - 5, width: length, height: 5 }));
      at += length;
    }
  }

  remember(key, side, element, place) {
    if (!this.places.has(key)) this.places.set(key, { elements: [null, null], place });
    this.places.get(key).elements[side] = element;
  }

  kinds(part) {
    const found = new Map();
    for (let row = part.start; row < part.end; row += 1) {
      const { kind } = this.model.rows[row];
      found.set(kind, (found.get(kind) || 0) + 1);
    }
    return found;
  }

  worst(part) {
    const kinds = this.kinds(part);
    return ORDER.find((kind) => kinds.has(kind));
  }

  counts(part) {
    const kinds = this.kinds(part);
    return ORDER.filter((kind) => kinds.has(kind)).map((kind) => `${kinds.get(kind).toLocaleString("en")} ${kind.replace("-", " ")}`).join(", ");
  }

  line(node, side) {
    const halves = this.model.rows.slice(node.start, node.end).map((row) => row.sides[side]).filter(Boolean);
    if (!node.parts) return `${halves[0].op} ${halves[0].shape}`.trim();
    const params = halves.reduce((sum, half) => sum + half.params, 0);
    return counted(halves.length, "layer") + (params ? `, ${params.toLocaleString("en")}` : "");
  }

  // Inside an open block a name need not say the block's again.
  within(node, side) {
    const name = node.names[side], around = node.parent ? node.parent.names[side] : "";
    return around && !around.includes(" … ") && name.startsWith(around) && /^[./_]./.test(name.slice(around.length)) ? name.slice(around.length + 1) : name;
  }

  toggle(key) {
    if (this.open.has(key)) this.open.delete(key); else this.open.add(key);
    if (this.seen().nodes.length > MOST) {
      this.open = new Set(this.first);
      this.openTo(key);
    }
    this.draw();
  }

  // Open what a part is in, and it as well.
  openTo(key) {
    for (let block = this.model.blocks.get(key); block; block = block.parent) this.open.add(block.key);
  }

  reveal(row) {
    let changed = false;
    for (let block = this.model.home[row]; block; block = block.parent) {
      changed = changed || !this.open.has(block.key);
      this.open.add(block.key);
    }
    if (changed && this.seen().nodes.length > MOST) {
      this.open = new Set(this.first);
      for (let block = this.model.home[row]; block; block = block.parent) this.open.add(block.key);
    }
    if (changed) this.draw();
  }

  select(key, side, { focus = false, move = true } = {}) {
    this.selected = { key, side };
    this.mark();
    const { elements, place } = this.places.get(key);
    if (move) this.view.show(place, this.half);
    if (focus) (elements[side] || elements[1 - side]).focus({ preventScroll: true });
  }

  // One element can be reached by Tab; it and its counterpart are marked.
  mark() {
    const chosen = this.selected && this.places.has(this.selected.key) ? this.selected : null;
    for (const each of this.content.querySelectorAll(".selected, [tabindex='0']")) {
      each.classList.remove("selected");
      each.setAttribute("tabindex", "-1");
    }
    if (chosen) for (const each of this.places.get(chosen.key).elements) if (each) each.classList.add("selected");
    const elements = chosen ? this.places.get(chosen.key).elements : this.places.get(this.items[0]?.key)?.elements || [];
    const first = (chosen && elements[chosen.side]) || elements.find(Boolean);
    if (first) first.setAttribute("tabindex", "0");
  }

  light(key) {
    for (const each of this.content.querySelectorAll(".lit")) each.classList.remove("lit");
    if (!key || !this.places.has(key)) return;
    for (const each of this.places.get(key).elements) if (each) each.classList.add("lit");
    for (const { path, keys } of this.wires) if (keys.has(key)) path.classList.add("lit");
  }

  // The part after or before another in the order of the rows, on the same side where it is there.
  beside(key, step) {
    const at = this.items.findIndex((part) => part.key === key);
    return this.items[Math.min(Math.max(at + step, 0), this.items.length - 1)];
  }
}
