// Where everything of a picture is. What is in an open block is laid out by itself, and the block is a node of that size in
// what is around it: wires come in through a gate in the middle of its upper edge and leave through one in its lower edge.
const IN = "in", OUT = "out", TITLE = 20, PAD = 10, ACROSS = 24, DOWN = 26;

// The stretches of wires at each level: from part to part, from the gate to a part, from a part to the gate.
function stretches(edges) {
  const levels = new Map();
  function add(level, from, to, edge) {
    const key = level ? level.key : "", name = `${from}>${to}`;
    if (!levels.has(key)) levels.set(key, new Map());
    const found = levels.get(key);
    if (!found.has(name)) found.set(name, { from, to, sides: [false, false], keys: new Set() });
    const stretch = found.get(name);
    edge.sides.forEach((is, side) => { stretch.sides[side] = stretch.sides[side] || is; });
    stretch.keys.add(edge.from.key).add(edge.to.key);
  }
  const chain = (part) => { const found = []; for (let each = part; each; each = each.parent) found.unshift(each); return found; };
  for (const edge of edges) {
    const from = chain(edge.from), to = chain(edge.to);
    let at = 0;
    while (from[at] === to[at]) at += 1;
    add(from[at].parent, from[at].key, to[at].key, edge);
    for (let down = at + 1; down < from.length; down += 1) add(from[down - 1], from[down].key, OUT, edge);
    for (let down = at + 1; down < to.length; down += 1) add(to[down - 1], IN, to[down].key, edge);
  }
  return levels;
}

// The places of all parts and wires of a level, from its own upper left corner, and where its gates are.
function laidOut(parts, levels, isOpen, level = "") {
  const inner = new Map();
  const graph = new dagre.graphlib.Graph();
  graph.setGraph({ nodesep: ACROSS, ranksep: DOWN, edgesep: 14, ranker: parts.length > 150 ? "longest-path" : "network-simplex" });
  for (const part of parts) {
    if (isOpen(part)) inner.set(part.key, laidOut(part.parts, levels, isOpen, part.key));
    const size = inner.get(part.key);
    graph.setNode(part.key, size ? { width: size.width, height: size.height } : { width: WIDTH, height: HEIGHT });
  }
  const wires = [...(levels.get(level) || new Map()).values()];
  for (const gate of [IN, OUT]) if (wires.some(({ from, to }) => from === gate || to === gate)) graph.setNode(gate, { width: 1, height: 1 });
  for (const { from, to, sides } of wires) graph.setEdge(from, to, { weight: sides[0] && sides[1] ? 4 : 1 });
  dagre.layout(graph);
  const size = graph.graph();
  const gates = { [IN]: graph.node(IN)?.x ?? size.width / 2, [OUT]: graph.node(OUT)?.x ?? size.width / 2 };
  // The size that dagre tells is of the nodes alone; a wire around them may be outside of it.
  let least = 0, most = size.width;
  for (const edge of graph.edges()) for (const { x } of graph.edge(edge).points) { least = Math.min(least, x); most = Math.max(most, x); }
  // As much room on both sides of the gate, so that a chain of blocks stands in a line, unless that is a lot of room.
  const even = Math.max(gates[IN] - least, most - gates[IN]);
  const about = level && even <= 0.65 * (most - least) ? gates[IN] : (least + most) / 2;
  const middle = Math.max(about - least, most - about) + PAD;
  const moved = { x: middle - about, y: level ? TITLE + PAD : PAD };
  const height = size.height + moved.y + PAD;
  const places = new Map(), frames = [], paths = [];
  const shift = ({ x, y }) => ({ x: x + moved.x, y: y + moved.y });
  for (const part of parts) {
    const place = shift(graph.node(part.key)), within = inner.get(part.key);
    if (!within) { places.set(part.key, place); continue; }
    const corner = { x: place.x - within.width / 2, y: place.y - within.height / 2 };
    const into = (at) => ({ x: at.x + corner.x, y: at.y + corner.y });
    frames.push({ part, ...corner, width: within.width, height: within.height });
    frames.push(...within.frames.map((frame) => ({ ...frame, ...into(frame) })));
    for (const [key, at] of within.places) places.set(key, into(at));
    paths.push(...within.paths.map((path) => ({ ...path, points: path.points.map(into) })));
  }
  const end = (key, isStart) => {
    if (key === IN) return { x: gates[IN] + moved.x, y: 0 };
    if (key === OUT) return { x: gates[OUT] + moved.x, y: height };
    const { x, y } = shift(graph.node(key)), within = inner.get(key);
    const half = (within ? within.height : HEIGHT) / 2;
    return { x: within ? x - within.width / 2 + within.gates[isStart ? OUT : IN] : x, y: isStart ? y + half : y - half };
  };
  for (const wire of wires) {
    const points = graph.edge(wire.from, wire.to).points.map(shift);
    const [first, last] = [end(wire.from, true), end(wire.to, false)];
    if (first.y < last.y) { points[0] = first; points[points.length - 1] = last; }
    paths.push({ ...wire, points });
  }
  return { width: 2 * middle, height, places, frames, paths, gates: { [IN]: gates[IN] + moved.x, [OUT]: gates[OUT] + moved.x } };
}

function curve(points) {
  const [first, ...rest] = points;
  let said = `M${first.x.toFixed(1)} ${first.y.toFixed(1)}`, before = first;
  for (const next of rest) {
    const middle = (before.y + next.y) / 2;
    said += Math.abs(before.x - next.x) < 1 ? `L${next.x.toFixed(1)} ${next.y.toFixed(1)}`
      : `C${before.x.toFixed(1)} ${middle.toFixed(1)} ${next.x.toFixed(1)} ${middle.toFixed(1)} ${next.x.toFixed(1)} ${next.y.toFixed(1)}`;
    before = next;
  }
  return said;
}
