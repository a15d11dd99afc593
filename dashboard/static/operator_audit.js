// What people have said of the runners: asked for once, then kept up by the live line.

import { el, setText } from "./elements.js";
import { timeText } from "./format.js";
import { OPERATOR as WORDS } from "./words.js";

const SHOWN = 100;

export class Audit {
  #list;
  #empty;
  #undo;
  #made = new Map();

  /** `undo` is called with the number of a correction that is to be undone. */
  constructor(list, empty, undo) {
    this.#list = list;
    this.#empty = empty;
    this.#undo = undo;
  }

  /** Begin anew with what the server has; what the line told meanwhile stays. */
  reset(corrections) {
    for (const made of corrections) this.#made.set(made.number, made);
  }

  /** Take one `corrected` of the live line. */
  add(made) {
    if (!this.#made.has(made.number)) this.#made.set(made.number, { ...made, undone_by: null });
    const undone = this.#made.get(made.undone);
    if (undone) undone.undone_by = made.number;
  }

  /** The newest correction of somebody that can be undone, or null. */
  newestOf(by) {
    return this.#newestFirst().find((made) => made.by === by && undoable(made)) ?? null;
  }

  show(zone, mayCorrect) {
    const all = this.#newestFirst();
    this.#empty.hidden = all.length > 0;
    const focused = document.activeElement?.dataset.undo;
    this.#list.replaceChildren(...all.slice(0, SHOWN).map((made) => this.#row(made, zone, mayCorrect)));
    if (focused) this.#list.querySelector(`[data-undo="${focused}"]`)?.focus();
  }

  #newestFirst() {
    return [...this.#made.values()].sort((a, b) => b.number - a.number);
  }

  #row(made, zone, mayCorrect) {
    const row = el("li", made.undone_by === null ? "made" : "made undone");
    row.dataset.number = made.number;
    const what = el("p", "made-what", WORDS.made[made.kind]?.(made.track_id, made) ?? made.kind);
    const who = el("p", "made-who");
    setText(who, `${made.number} · ${made.by} · ${timeText(made.at_utc_ns, zone, false)}`);
    if (made.undone_by !== null) who.append(" · ", el("strong", "", WORDS.undone));
    row.append(what, who);
    if (mayCorrect && undoable(made)) {
      const button = el("button", "act", WORDS.undo);
      button.type = "button";
      button.dataset.undo = made.number;
      button.setAttribute("aria-label", WORDS.undoNumber(made.number));
      button.addEventListener("click", () => this.#undo(made.number));
      row.append(button);
    }
    return row;
  }
}

function undoable(made) {
  return made.kind !== "undo" && made.undone_by === null;
}
