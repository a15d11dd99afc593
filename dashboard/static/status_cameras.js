// A card for each camera: what it says of itself, in words. What is not known is left out.

import { el, icon, setText } from "./elements.js";
import { decimalText, stateText } from "./format.js";
import { factsOf, numberText, sizeText } from "./status_facts.js";
import { STATUS as WORDS } from "./words.js";

/** A camera's kind of state, which has an icon and a colour beside its words. */
export function kindOf(camera) {
  if (camera.error) return "warning";
  if (camera.state === "playing") return "live";
  if (camera.state === "ended") return "ended";
  return /^(reconnecting|closed)/.test(camera.state ?? "") ? "warning" : "waiting";
}

const known = (value) => value !== null && value !== undefined;

function rateText({ fps, nominal_fps: nominal, state }) {
  if (!known(fps) || state === "ended") return null;
  return known(nominal) ? WORDS.fpsOf(decimalText(fps), decimalText(nominal)) : WORDS.fps(decimalText(fps));
}

function droppedText({ dropped, dropped_share: share }) {
  if (!known(dropped)) return null;
  return known(share) ? WORDS.droppedShare(numberText(dropped), decimalText(share * 100))
    : numberText(dropped);
}

function clockText({ clock, clock_offset_ms: offset }) {
  if (!known(clock)) return known(offset) ? offsetText(offset) : null;
  const name = WORDS.clock[clock] ?? clock;
  return known(offset) ? `${name}, ${offsetText(offset)}` : name;
}

/** Positive where the camera's clock is behind this computer's. */
function offsetText(ms) {
  const size = Math.abs(ms) >= 10 ? numberText(Math.abs(Math.round(ms))) : decimalText(Math.abs(ms));
  if (Math.abs(ms) < 0.05) return WORDS.inStep;
  return ms > 0 ? WORDS.behind(size) : WORDS.ahead(size);
}

function recordingText(recording) {
  if (!recording) return null;
  const parts = [
    stateText(recording.state),
    recording.segments ? WORDS.recorded(numberText(recording.segments), sizeText(recording.n_bytes)) : "",
    recording.lost ? WORDS.lost(numberText(recording.lost)) : "",
  ];
  return parts.filter(Boolean).join(" · ");
}

function videoText(video) {
  if (!video) return null;
  const via = video.via ? WORDS.via[video.via] ?? video.via : WORDS.noVideoYet;
  return [video.error ?? via, video.viewers ? WORDS.viewers(video.viewers) : ""]
    .filter(Boolean).join(" · ");
}

/** What a number measures against what is wanted; worth a warning where the server says so. */
function against(value, needed, bad, text) {
  if (!known(value)) return null;
  const wanted = WORDS.wanted(text(value), text(needed));
  return { text: bad ? `${wanted} ${WORDS.tooLow}` : wanted, bad };
}

function setUpFacts(setUp) {
  if (!setUp) return [];
  const { faults } = setUp;
  const height = against(setUp.number_px, setUp.needed_px, faults.includes("small"),
    (px) => `${Math.round(px)} px`);
  const sharp = against(setUp.sharpness, setUp.needed_sharpness, faults.includes("blurred"),
    (value) => numberText(Math.round(value * 100) / 100));
  const light = exposureText(setUp.exposure, faults);
  const agreed = against(setUp.agreement, setUp.needed_agreement, faults.includes("doubted"),
    (share) => `${Math.round(100 * share)} %`);
  return [["height", height], ["sharpness", sharp], ["exposure", light], ["agreement", agreed]];
}

function exposureText(exposure, faults) {
  if (!exposure) return null;
  const { median, white_share: white, black_share: black } = exposure;
  const text = WORDS.light(median, Math.round(white * 100), Math.round(black * 100));
  const wrong = ["bright", "dark"].find((fault) => faults.includes(fault));
  return wrong ? { text: `${text}; ${WORDS.glare[wrong]}`, bad: true } : text;
}

function factsAbout(camera) {
  const recording = recordingText(camera.recording);
  return [
    ["fps", rateText(camera)],
    ["lag", known(camera.lag_ms) ? `${numberText(Math.round(camera.lag_ms))} ms` : null],
    ["dropped", droppedText(camera)],
    ["clockName", clockText(camera)],
    ["decoder", camera.decoder ?? null],
    ["reconnects", known(camera.reconnects) ? numberText(camera.reconnects) : null],
    ["frames", known(camera.frames) ? numberText(camera.frames) : null],
    ["recording", recording && { text: recording, bad: camera.recording.ok === false }],
    ["video", videoText(camera.video)],
    ...setUpFacts(camera.set_up),
  ];
}

class Card {
  #name = el("h3");
  #state = el("p", "state");
  #error = el("p", "error");
  #facts = el("dl", "facts");
  #drawn = "";

  constructor(name) {
    this.element = el("article", "card");
    this.element.dataset.camera = name;
    setText(this.#name, name);
    const head = el("div", "card-head");
    head.append(this.#name, this.#state);
    this.element.append(head, this.#error, this.#facts);
  }

  show(camera) {
    const drawn = JSON.stringify(camera);
    if (drawn === this.#drawn) return;
    this.#drawn = drawn;
    const kind = kindOf(camera);
    this.element.dataset.kind = kind;
    // An error that is the whole of the state is told once.
    const state = camera.error ? WORDS.failed : stateText(camera.state) ?? WORDS.unknown;
    this.#state.replaceChildren(icon(kind), el("span", "", state));
    setText(this.#error, camera.error ?? "");
    this.#error.hidden = !camera.error;
    this.#facts.replaceChildren(...factsOf(factsAbout(camera)));
  }
}

export class CameraCards {
  #place;
  #cards = new Map();

  constructor(place) {
    this.#place = place;
  }

  get size() {
    return this.#cards.size;
  }

  show(cameras) {
    for (const camera of cameras) {
      if (typeof camera.name !== "string") continue;
      if (!this.#cards.has(camera.name)) {
        const card = new Card(camera.name);
        this.#cards.set(camera.name, card);
        this.#place.append(card.element);
      }
      this.#cards.get(camera.name).show(camera);
    }
  }
}
