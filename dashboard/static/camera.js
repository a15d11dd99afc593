// A camera's picture with its runners, drawn on the very frame that they belong to.

import { el, icon } from "./elements.js";
import { timeText } from "./format.js";
import { WORDS } from "./words.js";

const COLOURS = { seen: "#ffc53d", confirmed: "#2ee581", corrected: "#74b9ff", none: "#ffffff" };
const MARKS = { seen: "?", confirmed: "✓", corrected: "✎" };
const STALE_MS = 3000;

const nextFrame = () => new Promise((resolve) => requestAnimationFrame(resolve));

export class CameraView {
  #canvas = el("canvas");
  #note = el("p", "camera-note first", WORDS.noPicture);
  #time = el("time", "camera-time");
  #health = el("span", "camera-health");
  #advice = el("p", "camera-advice");
  #newest = 0;
  #drawnAt = null;
  #picture = null;
  #told = null;
  #ended = false;

  constructor(name) {
    this.name = name;
    this.element = el("figure", "camera");
    this.element.dataset.camera = name;
    const frame = el("div", "camera-frame");
    this.#canvas.setAttribute("role", "img");
    this.#canvas.setAttribute("aria-label", `${WORDS.camera} ${name}`);
    frame.append(this.#canvas, this.#note);
    const caption = el("figcaption");
    caption.append(icon("camera"), el("strong", "", name), this.#health, this.#time, this.#advice);
    this.element.append(frame, caption);
    new ResizeObserver(() => this.#draw()).observe(this.#canvas);
  }

  /** Show a preview; resolves when it can be seen, or has been overtaken by a newer one. */
  async show(told, jpeg, zone) {
    const turn = this.#newest + 1;
    this.#newest = turn;
    let picture;
    try {
      picture = await createImageBitmap(jpeg);
    } catch {
      this.#say(WORDS.badPicture);
      return;
    }
    await nextFrame();
    if (turn !== this.#newest) {
      picture.close();
      return;
    }
    this.#picture?.close();
    this.#picture = picture;
    this.#told = told;
    this.#drawnAt = performance.now();
    this.#say("");
    this.#time.textContent = timeText(told.capture_utc_ns, zone);
    this.#draw();
  }

  /** What the server says of this camera: state, fps, drops, error, recording, where known. */
  status(camera) {
    this.#ended = camera.state === "ended";
    this.element.classList.toggle("failed", Boolean(camera.error));
    const parts = [
      camera.error || camera.state,
      typeof camera.fps === "number" ? WORDS.fps(camera.fps.toFixed(1)) : null,
      camera.dropped ? WORDS.dropped(camera.dropped) : null,
      camera.recording?.state,
      camera.recording?.lost ? WORDS.lost(camera.recording.lost) : null,
    ];
    this.#health.textContent = parts.filter(Boolean).join(" · ");
    this.#advice.textContent = camera.set_up ? setUpText(camera.set_up) : "";
  }

  /** Say so when the picture has stood still. */
  tick() {
    if (this.#ended || this.#drawnAt === null) {
      if (this.#ended) this.#say(WORDS.ended);
      return;
    }
    const age = performance.now() - this.#drawnAt;
    this.#say(age > STALE_MS ? WORDS.stale(Math.round(age / 1000)) : "");
  }

  #say(text) {
    this.#note.textContent = text;
    this.#note.classList.remove("first");
    this.#note.hidden = text === "";
  }

  #draw() {
    if (!this.#picture) return;
    const canvas = this.#canvas;
    const told = this.#told;
    canvas.style.aspectRatio = `${told.width} / ${told.height}`;
    const sharp = window.devicePixelRatio || 1;
    const width = Math.max(1, Math.round(canvas.clientWidth * sharp));
    const height = Math.max(1, Math.round((width * told.height) / told.width));
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
    const pen = canvas.getContext("2d", { alpha: false });
    pen.drawImage(this.#picture, 0, 0, width, height);
    const scale = width / told.width;
    // Unread runners first: names lie on top.
    const boxes = [...told.boxes].sort((a, b) => (a.bib !== null) - (b.bib !== null));
    for (const box of boxes) drawBox(pen, box, scale, sharp);
    for (const box of boxes) if (box.bib !== null) drawLabel(pen, box, scale, sharp, width);
  }
}

/** What to change at the camera so that bibs can be read; empty where nothing needs to be. */
function setUpText(told) {
  const parts = [];
  if (Math.round(told.number_px) < told.needed_px) {
    parts.push(WORDS.setUp.small(Math.round(told.number_px), told.needed_px));
  }
  if (told.sharpness < told.needed_sharpness) parts.push(WORDS.setUp.blurred);
  return parts.join(" ");
}

function drawBox(pen, { box, bib, state }, scale, sharp) {
  const [x0, y0, x1, y1] = box.map((edge) => edge * scale);
  const line = (bib === null ? 2 : 3) * sharp;
  // A dark rim keeps the line visible on a white shirt in the sun.
  pen.setLineDash([]);
  pen.lineWidth = line + 2 * sharp;
  pen.strokeStyle = "rgb(0 0 0 / 55%)";
  pen.strokeRect(x0, y0, x1 - x0, y1 - y0);
  pen.setLineDash(state === "seen" ? [8 * sharp, 5 * sharp] : []);
  pen.lineWidth = line;
  pen.strokeStyle = COLOURS[bib === null ? "none" : state] ?? COLOURS.none;
  pen.strokeRect(x0, y0, x1 - x0, y1 - y0);
  pen.setLineDash([]);
}

function drawLabel(pen, { box, bib, state }, scale, sharp, width) {
  const size = Math.max(15, Math.min(26, width / sharp / 26)) * sharp;
  pen.font = `800 ${size}px system-ui, sans-serif`;
  pen.textBaseline = "middle";
  const text = `${MARKS[state] ?? ""} ${bib}`.trim();
  const room = pen.measureText(text).width + size * 0.7;
  const high = size * 1.35;
  const x = Math.min(Math.max(0, box[0] * scale - 1.5 * sharp), Math.max(0, width - room));
  const y = Math.max(0, box[1] * scale - high);
  pen.fillStyle = COLOURS[state] ?? COLOURS.none;
  pen.fillRect(x, y, room, high);
  pen.fillStyle = "#0b0f10";
  pen.fillText(text, x + size * 0.35, y + high * 0.54);
}
