// Whether a camera is set up so that bibs can be read: a row for each thing, as bar and words.

import { el, setText } from "./elements.js";
import { decimalText } from "./format.js";
import { CAMERAS as WORDS } from "./words.js";

const MARKS = { ok: "✓", bad: "!", unknown: "–" };
const LEAST_FPS = 0.9; // of the nominal rate
const MOST_DROPPED = 0.02;
const LATE_MS = 2000;
const OFFSET_MS = 500;

const isNumber = (value) => typeof value === "number";
const share = (part) => `${decimalText(100 * part)} %`;
const seconds = (ms) => (Math.abs(ms) < 1000 ? `${Math.round(ms)} ms` : `${decimalText(ms / 1000)} s`);
const UNKNOWN = { state: "unknown", text: "", advice: "" };

function judged(good, text, parts, advice) {
  return { state: good ? "ok" : "bad", text, parts, advice: good ? "" : advice };
}

/** A bar whose middle is what is needed. */
const ofNeed = (value, needed) => [["value", value / (2 * needed)]];

const ROWS = {
  height({ set_up: told }) {
    if (!isNumber(told?.number_px)) return UNKNOWN;
    const { number_px: px, needed_px: needed } = told;
    const text = WORDS.meter.heightOf(Math.round(px), needed);
    const times = decimalText(needed / Math.max(px, 1));
    const good = !told.faults.includes("small");
    return judged(good, text, ofNeed(px, needed), WORDS.advice.small(times));
  },
  sharpness({ set_up: told }) {
    if (!isNumber(told?.sharpness)) return UNKNOWN;
    const { sharpness, needed_sharpness: needed } = told;
    const text = WORDS.meter.sharpnessOf(Math.round(100 * sharpness), Math.round(100 * needed));
    const good = !told.faults.includes("blurred");
    return judged(good, text, ofNeed(sharpness, needed), WORDS.advice.blurred);
  },
  exposure({ set_up: told }) {
    const light = told?.exposure;
    if (!light) return UNKNOWN;
    const { white_share: white, black_share: black } = light;
    const text = WORDS.meter.exposureOf(share(white), share(black));
    const parts = [["black", black], ["grey", 1 - black - white], ["white", white]];
    const tooBright = told.faults.includes("bright");
    const tooDark = told.faults.includes("dark");
    const advice = tooBright ? WORDS.advice.bright(share(white)) : WORDS.advice.dark(share(black));
    return judged(!tooBright && !tooDark, text, parts, advice);
  },
  fps({ state, fps, nominal_fps: nominal }) {
    if (!isNumber(fps) || state === "ended") return UNKNOWN;
    if (!nominal) {
      return judged(fps > 0, WORDS.meter.fpsAlone(decimalText(fps)), null, WORDS.advice.still);
    }
    const text = WORDS.meter.fpsOf(decimalText(fps), decimalText(nominal));
    return judged(fps >= LEAST_FPS * nominal, text, [["value", fps / nominal]], WORDS.advice.slow);
  },
  dropped({ dropped_share: part }) {
    if (!isNumber(part)) return UNKNOWN;
    return judged(part <= MOST_DROPPED, share(part), [["lost", part]], WORDS.advice.dropped);
  },
  lag({ lag_ms: lag, clock }) {
    if (!isNumber(lag)) return UNKNOWN;
    // By the camera's own clock, what its clock is behind counts as lag, too.
    const good = lag < LATE_MS || clock === "rtcp";
    return judged(good, seconds(lag), [["value", Math.max(0, lag) / LATE_MS / 2]], WORDS.advice.late);
  },
  clock({ clock, clock_offset_ms: offset }) {
    if (!clock) return UNKNOWN;
    const from = WORDS.clock[clock] ?? clock;
    if (!isNumber(offset)) return { ...UNKNOWN, state: "ok", text: from };
    const apart = offset >= 0 ? WORDS.behind(seconds(offset)) : WORDS.ahead(seconds(-offset));
    return judged(Math.abs(offset) < OFFSET_MS, `${from}, ${apart}`, null, WORDS.advice.clock);
  },
};

export class Meter {
  #rows = new Map();
  #advice = el("ul", "meter-advice");

  constructor(name) {
    this.element = el("section", "set-up-meter");
    this.element.setAttribute("aria-label", `${WORDS.meter.title}: ${name}`);
    const list = el("ul", "meter-rows");
    for (const row of Object.keys(ROWS)) list.append(this.#row(row));
    this.element.append(list, this.#advice);
  }

  #row(name) {
    const row = el("li", "meter-row");
    row.dataset.row = name;
    const mark = el("span", "meter-mark");
    // The words beside it say the same.
    mark.setAttribute("aria-hidden", "true");
    const term = el("span", "meter-name", WORDS.meter[name]);
    const bar = el("div", "meter-bar");
    bar.setAttribute("aria-hidden", "true");
    const value = el("span", "meter-value");
    const told = el("span");
    const state = el("span", "unseen");
    value.append(told, state);
    row.append(mark, term, bar, value);
    this.#rows.set(name, { row, mark, bar, told, state });
    return row;
  }

  /** `camera` is one of the status' cameras. */
  show(camera) {
    const advice = [];
    for (const [name, judge] of Object.entries(ROWS)) {
      const found = judge(camera);
      if (found.advice) advice.push(found.advice);
      this.#draw(this.#rows.get(name), found);
    }
    if (this.#advice.dataset.told === advice.join("\n")) return;
    this.#advice.dataset.told = advice.join("\n");
    this.#advice.replaceChildren(...advice.map((one) => el("li", "", one)));
  }

  #draw({ row, mark, bar, told, state }, found) {
    row.dataset.state = found.state;
    setText(mark, MARKS[found.state]);
    setText(told, found.text || WORDS.meter.unknown);
    setText(state, ` (${WORDS.state[found.state]})`);
    bar.hidden = !found.parts;
    bar.replaceChildren(...(found.parts ?? []).map(([kind, part]) => {
      const piece = el("i", kind);
      piece.style.width = `${100 * Math.min(1, Math.max(0, part))}%`;
      return piece;
    }));
  }
}
