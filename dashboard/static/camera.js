// A camera's picture with its runners, drawn on the very frame that they belong to.

import { drawBoxes } from "./boxes.js";
import { el, icon, setText } from "./elements.js";
import { decimalText, stateText, timeText } from "./format.js";
import { LiveVideo } from "./video.js";
import { LIVE as WORDS } from "./words.js";

const STALE_MS = 3000;
const RETRY_MS = 5000;

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
  #zone = null;
  #video = el("video", "camera-video");
  #toggle = el("button", "camera-live", WORDS.video.show);
  #live = null;
  // What the live picture shows, while it plays; null while previews are shown.
  #shown = null;
  #reason = "";
  #retry = null;

  /** Called with whether live video is shown in the place of pictures, whenever that changes. */
  onlive = () => {};

  /** Called with the time of capture of every picture of live video. */
  onframe = () => {};

  constructor(name) {
    this.name = name;
    this.element = el("figure", "camera");
    this.element.dataset.camera = name;
    const frame = el("div", "camera-frame");
    this.#canvas.setAttribute("role", "img");
    this.#canvas.setAttribute("aria-label", `${WORDS.camera} ${name}`);
    Object.assign(this.#video, { muted: true, playsInline: true, autoplay: true, tabIndex: -1 });
    this.#video.setAttribute("aria-hidden", "true");
    Object.assign(this.#toggle, { type: "button", hidden: true });
    this.#toggle.setAttribute("aria-pressed", "false");
    this.#toggle.setAttribute("aria-label", `${WORDS.video.show}: ${name}`);
    this.#toggle.addEventListener("click", () => this.#switch());
    frame.append(this.#video, this.#canvas, this.#note);
    const caption = el("figcaption");
    caption.append(icon("camera"), el("strong", "", name), this.#health, this.#time, this.#toggle, this.#advice);
    this.element.append(frame, caption);
    new ResizeObserver(() => this.#draw()).observe(this.#canvas);
    // A page that is left says goodbye; otherwise the server would notice only by silence.
    window.addEventListener("pagehide", () => this.#live?.stop());
  }

  /** Show a preview; resolves when it can be seen, or has been overtaken by a newer one. */
  async show(told, jpeg, zone) {
    this.#zone = zone;
    if (this.#shown) return;
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
    if (turn !== this.#newest || this.#shown) {
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
      camera.error || stateText(camera.state),
      typeof camera.fps === "number" ? WORDS.fps(decimalText(camera.fps)) : null,
      camera.dropped ? WORDS.dropped(camera.dropped) : null,
      stateText(camera.recording?.state),
      camera.recording?.lost ? WORDS.lost(camera.recording.lost) : null,
    ];
    this.#health.textContent = parts.filter(Boolean).join(" · ");
    this.#advice.textContent = camera.set_up ? setUpText(camera.set_up) : "";
    this.#toggle.hidden = !camera.video || !LiveVideo.possible || this.#ended;
    if (this.#ended && this.#live) this.#switch();
  }

  /** Say so when the picture has stood still. */
  tick() {
    if (this.#ended || this.#drawnAt === null) {
      if (this.#ended) this.#say(WORDS.ended);
      return;
    }
    const age = performance.now() - this.#drawnAt;
    this.#say(age > STALE_MS ? WORDS.stale(Math.round(age / 1000)) : this.#reason);
  }

  /** Numbers on the live picture, for people who look into trouble; null while it is off. */
  async videoStats() {
    return this.#live ? this.#live.stats() : null;
  }

  #switch() {
    const wanted = this.#live === null;
    this.#toggle.setAttribute("aria-pressed", String(wanted));
    if (wanted) this.#watch();
    else this.#unwatch("");
  }

  #watch() {
    const live = new LiveVideo(this.name, this.#video);
    live.onframe = (shown) => this.#showLive(shown);
    live.onfailed = (reason) => {
      // Previews go on meanwhile; a camera or a server that was away may come back.
      this.#unwatch(WORDS.video.failed(reason));
      this.#live = live;
      this.#retry = setTimeout(() => this.#watch(), RETRY_MS);
    };
    this.#live = live;
    live.start();
  }

  #unwatch(reason) {
    clearTimeout(this.#retry);
    this.#live?.stop();
    this.#live = null;
    if (this.#shown !== null) this.onlive(false);
    this.#shown = null;
    this.#reason = reason;
    this.element.classList.remove("live");
    this.#say(reason);
    this.#draw();
  }

  #showLive(shown) {
    if (this.#shown === null) this.onlive(true);
    this.#shown = shown;
    this.#drawnAt = performance.now();
    this.#reason = "";
    this.element.classList.add("live");
    this.#say("");
    if (shown.captureUtcNs !== null) {
      setText(this.#time, timeText(shown.captureUtcNs, this.#zone));
      this.onframe(shown.captureUtcNs);
    }
    this.#draw();
  }

  #say(text) {
    this.#note.textContent = text;
    this.#note.classList.remove("first");
    this.#note.hidden = text === "";
  }

  #draw() {
    const told = this.#shown ?? this.#told;
    if (!told) return;
    const canvas = this.#canvas;
    canvas.style.aspectRatio = `${told.width} / ${told.height}`;
    const sharp = window.devicePixelRatio || 1;
    const width = Math.max(1, Math.round(canvas.clientWidth * sharp));
    const height = Math.max(1, Math.round((width * told.height) / told.width));
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
    const pen = canvas.getContext("2d");
    if (this.#shown) pen.clearRect(0, 0, width, height);
    else pen.drawImage(this.#picture, 0, 0, width, height);
    const drawn = this.#shown ? this.#shown.boxes : told;
    if (drawn) drawBoxes(pen, drawn, sharp);
  }
}

/** What to change at the camera so that bibs can be read; empty where nothing needs to be. */
function setUpText(told) {
  const parts = [];
  if (told.faults.includes("small")) {
    parts.push(WORDS.setUp.small(Math.round(told.number_px), told.needed_px));
  }
  if (told.faults.includes("blurred")) parts.push(WORDS.setUp.blurred);
  if (told.faults.includes("doubted")) parts.push(WORDS.setUp.doubted);
  return parts.join(" ");
}
