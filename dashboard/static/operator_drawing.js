// The finish line and the region over a camera's picture: shown thinly, or drawn with handles.

import { el } from "./elements.js";
import { CAMERAS as WORDS } from "./words.js";
import {
  FIRST_LINE, FIRST_REGION, cornerMoved, corners, endMoved, extents, lineMoved, regionMoved,
  turned, ways,
} from "./operator_geometry.js";

const SVG = "http://www.w3.org/2000/svg";
const PICTURE = [0, 0, 1, 1];
// An arrow key moves a handle so far, as a share of the picture; with Shift ten times as far.
const STEP = 0.002;
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

function shape(tag, className, parent) {
  const made = document.createElementNS(SVG, tag);
  made.setAttribute("class", className);
  parent.append(made);
  return made;
}

function place(element, values) {
  for (const [name, value] of Object.entries(values)) element.setAttribute(name, value);
}

/** Both ends of a line that is dark with light dashes, so that it is seen on any ground. */
class Stroke {
  #parts;

  constructor(parent, className, tag) {
    this.group = shape("g", className, parent);
    this.#parts = ["grip", "rim", "dash"].map((part) => shape(tag, part, this.group));
  }

  place(values) {
    for (const part of this.#parts) place(part, values);
  }
}

/** Over one `.camera-frame`. `onchange` is called with every change that is drawn. */
export class Drawing {
  onchange = () => {};
  #frame;
  #svg;
  #line;
  #arrows;
  #region;
  #shade;
  #handles = [];
  #kind = null;
  #view = { finish_line: null, approach: "auto", region: null };
  #extents = PICTURE;

  constructor(frame) {
    this.#frame = frame;
    this.#svg = document.createElementNS(SVG, "svg");
    this.#svg.setAttribute("class", "drawing");
    this.#svg.setAttribute("aria-hidden", "true");
    this.#shade = shape("path", "shade", this.#svg);
    this.#region = new Stroke(this.#svg, "region-drawn", "rect");
    this.#line = new Stroke(this.#svg, "line-drawn", "line");
    this.#arrows = [0, 1].map(() => shape("path", "way", this.#svg));
    frame.append(this.#svg);
    this.#drag(this.#line.group, (by, from) => (
      this.#change({ finish_line: lineMoved(from.finish_line, by, this.#extents) })));
    this.#drag(this.#region.group, (by, from) => (
      this.#change({ region: regionMoved(from.region, by) })));
    for (const arrow of this.#arrows) arrow.addEventListener("click", () => this.turn());
    new ResizeObserver(() => this.#draw()).observe(frame);
    new ResizeObserver(() => this.#draw()).observe(frame.querySelector("canvas"));
  }

  /** What is drawn now: finish_line, approach and region. */
  get view() {
    return this.#view;
  }

  /** What is set; not taken while somebody draws. */
  show(view) {
    if (this.#kind !== null) return;
    this.#view = view;
    this.#draw();
  }

  /** Draw a "line" or a "region" from here on; one that there is not yet is proposed. */
  edit(kind, view) {
    this.stop();
    this.#kind = kind;
    this.#view = { ...view };
    if (kind === "line") this.#view.finish_line ??= FIRST_LINE;
    else this.#view.region ??= FIRST_REGION;
    this.#extents = kind === "line" ? extents(this.#view.finish_line) : PICTURE;
    const names = kind === "line" ? WORDS.ends : WORDS.corners;
    this.#handles = names.map((name, index) => this.#handle(name, index));
    this.#frame.dataset.drawing = kind;
    this.#makeRoom();
    this.#draw();
    this.#handles[0].focus({ preventScroll: true });
  }

  stop() {
    this.#kind = null;
    for (const handle of this.#handles) handle.remove();
    this.#handles = [];
    delete this.#frame.dataset.drawing;
    this.#extents = PICTURE;
    this.#makeRoom();
    this.#draw();
  }

  /** Let runners come from there. */
  come(approach) {
    this.#change({ approach });
  }

  /** Let runners come from the other side. */
  turn() {
    if (this.#kind !== "line") return;
    const [a, b] = this.#view.finish_line.map((end) => this.#at(end));
    this.come(turned(this.#view.approach, a, b));
  }

  /** Padding round the picture, for ends that lie outside it. */
  #makeRoom() {
    const [left, top, right, bottom] = this.#extents;
    const canvas = this.#frame.querySelector("canvas");
    const high = canvas.clientHeight / Math.max(1, canvas.clientWidth);
    const share = (part) => `${(100 * part) / (right - left)}%`;
    const room = { left: -left, top: -top * high, right: right - 1, bottom: (bottom - 1) * high };
    for (const [side, part] of Object.entries(room)) {
      this.#frame.style.setProperty(`--room-${side}`, share(part));
    }
  }

  #handle(name, index) {
    const handle = el("button", "handle");
    handle.type = "button";
    handle.dataset.name = name;
    handle.append(el("span", "dot"));
    handle.addEventListener("keydown", (event) => {
      const by = ARROWS[event.key];
      if (!by || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      const [x, y] = this.#points()[index];
      const step = event.shiftKey ? 10 * STEP : STEP;
      this.#moveTo(index, [x + by[0] * step, y + by[1] * step]);
    });
    this.#drag(handle, ([dx, dy], from) => {
      const [x, y] = this.#points(from)[index];
      this.#moveTo(index, [x + dx, y + dy]);
    });
    this.#frame.append(handle);
    return handle;
  }

  #points(view = this.#view) {
    return this.#kind === "line" ? view.finish_line : corners(view.region);
  }

  #moveTo(index, point) {
    const { finish_line: line, region } = this.#view;
    if (this.#kind === "line") {
      this.#change({ finish_line: endMoved(line, index, point, this.#extents) });
    } else this.#change({ region: cornerMoved(region, index, point) });
  }

  /** Mouse, finger or pen: `moved` gets how far it is from where it was put down, and the view then. */
  #drag(element, moved) {
    let from = null;
    element.addEventListener("pointerdown", (event) => {
      if (this.#kind === null || event.button !== 0) return;
      from = { x: event.clientX, y: event.clientY, view: this.#view };
      element.setPointerCapture(event.pointerId);
      event.preventDefault();
      if (element instanceof HTMLElement) element.focus({ preventScroll: true });
    });
    element.addEventListener("pointermove", (event) => {
      if (from === null || this.#kind === null) return;
      const { width, height } = this.#picture();
      moved([(event.clientX - from.x) / width, (event.clientY - from.y) / height], from.view);
    });
    for (const end of ["pointerup", "pointercancel", "lostpointercapture"]) {
      element.addEventListener(end, () => { from = null; });
    }
  }

  #change(parts) {
    this.#view = { ...this.#view, ...parts };
    this.#draw();
    this.onchange(this.#view);
  }

  /** Where the picture lies inside the frame, pixels. */
  #picture() {
    const canvas = this.#frame.querySelector("canvas");
    return {
      left: canvas.offsetLeft, top: canvas.offsetTop,
      width: Math.max(1, canvas.clientWidth), height: Math.max(1, canvas.clientHeight),
    };
  }

  #at([x, y]) {
    const { left, top, width, height } = this.#picture();
    return [left + x * width, top + y * height];
  }

  #draw() {
    const { finish_line: line, approach, region } = this.#view;
    this.#line.group.style.display = line ? "" : "none";
    for (const arrow of this.#arrows) arrow.style.display = "none";
    if (line) {
      const [a, b] = line.map((end) => this.#at(end));
      this.#line.place({ x1: a[0], y1: a[1], x2: b[0], y2: b[1] });
      ways(approach, a, b).forEach((way, index) => {
        this.#arrows[index].style.display = "";
        this.#arrows[index].setAttribute("d", arrowPath(a, b, way, this.#kind === "line"));
      });
    }
    this.#drawRegion(region);
    this.#handles.forEach((handle, index) => {
      const [x, y] = this.#points()[index];
      const [left, top] = this.#at([x, y]);
      handle.style.left = `${left}px`;
      handle.style.top = `${top}px`;
      handle.setAttribute("aria-label", WORDS.handle(handle.dataset.name, percent(x), percent(y)));
    });
  }

  #drawRegion(region) {
    this.#region.group.style.display = region ? "" : "none";
    this.#shade.style.display = region && this.#kind === "region" ? "" : "none";
    if (!region) return;
    const [x0, y0] = this.#at(region.slice(0, 2));
    const [x1, y1] = this.#at(region.slice(2));
    this.#region.place({ x: x0, y: y0, width: x1 - x0, height: y1 - y0 });
    const { left, top, width, height } = this.#picture();
    this.#shade.setAttribute("d", (
      `M${left} ${top}h${width}v${height}h${-width}zM${x0} ${y0}V${y1}H${x1}V${y0}z`));
  }
}

const percent = (part) => Math.round(part * 1000) / 10;

/** An arrow across the middle of a line, beginning before it and pointing along `way`. */
function arrowPath(a, b, [wx, wy], large) {
  const [mx, my] = [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2];
  const long = large ? 30 : 18;
  const wide = large ? 13 : 8;
  const at = (along, across) => (
    `${mx + wx * along - wy * across} ${my + wy * along + wx * across}`);
  const thin = wide / 3;
  return `M${at(4, thin)}L${at(long * 0.45, thin)}L${at(long * 0.45, wide)}L${at(long, 0)}`
    + `L${at(long * 0.45, -wide)}L${at(long * 0.45, -thin)}L${at(4, -thin)}z`;
}
