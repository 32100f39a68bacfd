// What of a picture is in view: drag, wheel, pinch and buttons move and scale it; a small map shows where one is.
const LEAST = 0.08, GREATEST = 3, MAP = 132, NARROW = 48, WIDE = 64;

class View {
  constructor(picture) {
    this.picture = picture;
    this.canvas = picture.canvas;
    this.at = { x: 0, y: 0, scale: 1 };
    this.map = svg("svg", { class: "minimap", "aria-hidden": "true" });
    this.window = svg("rect", { class: "window" });
    picture.stage.append(this.map);
    this.fitted = false;
    this.pointers = new Map();
    this.listen();
  }

  get box() { return { width: this.canvas.clientWidth || 800, height: this.canvas.clientHeight || 500 }; }

  // The width that the map leaves free, where there is enough for both.
  inner(scale) {
    const box = this.box;
    return this.isIdle(scale) || box.width < 500 ? box.width : box.width - WIDE - 16;
  }

  // Whether nearly all of the picture is in view, which needs no map.
  isIdle(scale) {
    const { width, height } = this.picture.size, box = this.box;
    return Math.min(box.width / scale / width, 1) * Math.min(box.height / scale / height, 1) > 0.7;
  }

  listen() {
    const { canvas, map } = this;
    canvas.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      this.pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
      this.moved = 0;
    });
    canvas.addEventListener("pointermove", (event) => this.drag(event));
    for (const name of ["pointerup", "pointercancel", "pointerleave"]) canvas.addEventListener(name, (event) => this.pointers.delete(event.pointerId));
    canvas.addEventListener("click", (event) => { if (this.moved > 5) event.stopPropagation(); }, true);
    canvas.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    const jump = (event) => {
      if (event.buttons !== 1) return;
      const rect = map.getBoundingClientRect();
      this.at.x = this.box.width / 2 - ((event.clientX - rect.left) / this.mapScale.x) * this.at.scale;
      this.at.y = this.box.height / 2 - ((event.clientY - rect.top) / this.mapScale.y) * this.at.scale;
      this.apply();
    };
    map.addEventListener("pointerdown", jump);
    map.addEventListener("pointermove", jump);
    new ResizeObserver(() => { if (!this.touched) this.fit(); else this.apply(); }).observe(canvas);
  }

  drag(event) {
    const before = this.pointers.get(event.pointerId);
    if (!before) return;
    const now = { x: event.clientX, y: event.clientY };
    const others = [...this.pointers].filter(([id]) => id !== event.pointerId).map(([, place]) => place);
    this.moved += Math.abs(now.x - before.x) + Math.abs(now.y - before.y);
    this.touched = true;
    if (others.length) {
      const length = (one) => Math.hypot(one.x - others[0].x, one.y - others[0].y) || 1;
      const rect = this.canvas.getBoundingClientRect();
      this.zoom(length(now) / length(before), (now.x + others[0].x) / 2 - rect.left, (now.y + others[0].y) / 2 - rect.top);
    } else {
      if (this.moved > 5 && !this.canvas.hasPointerCapture(event.pointerId)) this.canvas.setPointerCapture(event.pointerId);
      this.at.x += now.x - before.x;
      this.at.y += now.y - before.y;
      this.apply();
    }
    this.pointers.set(event.pointerId, now);
  }

  // A wheel scales with Ctrl, else it moves the picture until its end, and then the page.
  wheel(event) {
    if (event.ctrlKey || event.metaKey) {
      event.preventDefault();
      const rect = this.canvas.getBoundingClientRect();
      this.touched = true;
      this.zoom(Math.exp(-event.deltaY / 300), event.clientX - rect.left, event.clientY - rect.top);
      return;
    }
    const { x, y } = this.at;
    this.at.x -= event.shiftKey ? event.deltaY : event.deltaX;
    this.at.y -= event.shiftKey ? 0 : event.deltaY;
    this.apply();
    if (x !== this.at.x || y !== this.at.y) {
      this.touched = true;
      event.preventDefault();
    }
  }

  zoom(factor, x = this.box.width / 2, y = this.box.height / 2) {
    const scale = Math.min(Math.max(this.at.scale * factor, LEAST), GREATEST);
    const ratio = scale / this.at.scale;
    this.at = { x: x - (x - this.at.x) * ratio, y: y - (y - this.at.y) * ratio, scale };
    this.apply();
  }

  fit(whole = false) {
    const { width, height } = this.picture.size, box = this.box;
    const within = (across) => Math.max(Math.min(1, (across - 8) / width, whole ? (box.height - 8) / height : 1), LEAST);
    const scale = within(this.inner(within(box.width)));
    this.at = { x: (Math.max(this.inner(scale), width * scale) - width * scale) / 2, y: 4, scale };
    this.apply();
  }

  // Bring a place of both halves into view, with all beside it where that can be read, or of the left one alone.
  show({ x, y }, half) {
    const { scale } = this.at, box = this.box;
    this.touched = true;
    if (scale < 0.45) this.zoom(0.7 / scale);
    const inner = this.inner(this.at.scale), [all, pair] = [this.picture.size.width + 8, half + WIDTH + 16].map((width) => inner / width);
    const fits = all > 0.6 ? all : pair;
    if (fits < this.at.scale && fits > 0.6) this.zoom(fits / this.at.scale);
    const top = (y + TOP) * this.at.scale + this.at.y;
    if (top < 40 || top > box.height - 60) this.at.y += box.height / 2 - top;
    const both = [x, x + half].map((each) => each * this.at.scale + this.at.x);
    const aside = (WIDTH / 2) * this.at.scale;
    if (both[0] < aside || both[1] > inner - aside) {
      const room = (half + WIDTH) * this.at.scale < inner;
      this.at.x += inner / 2 - (room ? (both[0] + both[1]) / 2 : both[0]);
    }
    this.apply();
  }

  // Something of the picture stays in view, whatever one does.
  apply() {
    const { width, height } = this.picture.size, box = this.box, { scale } = this.at;
    const held = (at, room, size) => (size <= room ? Math.min(Math.max(at, 0), room - size) : Math.min(Math.max(at, room - size - 24), 24));
    this.at.x = held(this.at.x, box.width, width * scale);
    this.at.y = height * scale <= box.height ? Math.max(0, Math.min(this.at.y, 8)) : held(this.at.y, box.height, height * scale);
    this.picture.content.setAttribute("transform", `translate(${this.at.x.toFixed(1)} ${this.at.y.toFixed(1)}) scale(${scale.toFixed(4)})`);
    const shown = { x: -this.at.x / scale, y: -this.at.y / scale, width: box.width / scale, height: box.height / scale };
    this.map.classList.toggle("idle", this.isIdle(scale));
    const by = { x: this.mapScale.x, y: this.mapScale.y, width: this.mapScale.x, height: this.mapScale.y };
    for (const [key, value] of Object.entries(shown)) this.window.setAttribute(key, (value * by[key]).toFixed(1));
  }

  // A new drawing: the height it needs, and the map of it.
  changed(nodes) {
    const { width, height } = this.picture.size;
    const scale = Math.min(MAP / width, MAP / height);
    this.mapScale = { x: Math.min(Math.max(scale, NARROW / width), WIDE / width), y: Math.max(scale, NARROW / height) };
    this.map.setAttribute("width", width * this.mapScale.x);
    this.map.setAttribute("height", height * this.mapScale.y);
    const paths = new Map();
    for (const { x, y, kind } of nodes) {
      for (const left of [x, x + this.picture.half]) {
        const place = [left - WIDTH / 2, y + TOP - HEIGHT / 2, WIDTH, HEIGHT].map((each, at) => (each * (at % 2 ? this.mapScale.y : this.mapScale.x)).toFixed(1));
        paths.set(kind, `${paths.get(kind) || ""}M${place[0]} ${place[1]}h${place[2]}v${place[3]}h-${place[2]}z`);
      }
    }
    this.map.replaceChildren(...[...paths].map(([kind, d]) => svg("path", { class: `share ${kind}`, d })), this.window);
    // Where the panel stands below there is to be room for both.
    const most = window.innerHeight * (window.innerWidth > 900 ? 0.72 : 0.48);
    this.canvas.style.height = `${Math.min(Math.max(height + 16, 180), Math.max(320, most))}px`;
    if (!this.touched) this.fit(); else this.apply();
  }
}
