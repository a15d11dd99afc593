// Adding photos to the race: chosen or dropped here, sent, and tagged while the grid fills.

import { el, setText } from "./elements.js";
import { Rate, Sender } from "./photo_sender.js";
import { GALLERY as WORDS, refusalText } from "./words.js";

const MB = 1e6;
const $ = (id) => document.getElementById(id);

export class Adding {
  #sender = new Sender(() => this.#show());
  #bytesRate = new Rate();
  #photosRate = new Rate(60000);
  #asked;
  #told = null;

  /** `asked` is what GET /api/photos said. */
  constructor(asked) {
    this.#asked = asked;
    $("files").accept = asked.accepts.join(",");
    setText($("adding-hint"), WORDS.adding.hint(asked.max_bytes / MB));
    $("add").hidden = false;
    $("add").addEventListener("click", () => this.#open($("adding").hidden));
    $("adding-close").addEventListener("click", () => this.#open(false));
    $("adding").addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      this.#open(false);
    });
    $("choose").addEventListener("click", () => $("files").click());
    $("files").addEventListener("change", () => {
      this.add([...$("files").files]);
      // The same files may be chosen again.
      $("files").value = "";
    });
    $("sending-cancel").addEventListener("click", () => { this.#sender.cancel(); $("choose").focus(); });
    $("send-again").addEventListener("click", () => { this.#sender.again(); $("choose").focus(); });
    window.addEventListener("beforeunload", (event) => { if (this.#sender.busy) event.preventDefault(); });
    this.#listenForDrops();
  }

  add(files) {
    if (files.length === 0) return;
    this.#open(true, false);
    const { accepts, max_bytes: most } = this.#asked;
    const fits = (file) => accepts.includes(file.type) && file.size <= most;
    this.#sender.add(files.filter(fits));
    for (const file of files) {
      if (fits(file)) continue;
      const code = file.size > most ? "photo_too_large" : "picture_type";
      this.#sender.refuse(file, { code, about: { mb: most / MB } });
    }
  }

  /** The server tells how tagging goes. */
  heard(told) {
    this.#told = told;
    this.#photosRate.note(told.done, performance.now());
    if (told.waiting > 0 && $("adding").hidden && $("adding").dataset.closed !== "1") {
      this.#open(true, false);
    }
    this.#show();
  }

  #open(open, focus = true) {
    $("adding").hidden = !open;
    // Who has closed it does not want it back by itself.
    $("adding").dataset.closed = open ? "0" : "1";
    $("add").setAttribute("aria-expanded", String(open));
    if (focus) (open ? $("choose") : $("add")).focus();
    this.#show();
  }

  #listenForDrops() {
    const withFiles = (event) => event.dataTransfer?.types.includes("Files");
    const mark = (on) => document.body.classList.toggle("dropping", on);
    document.addEventListener("dragover", (event) => {
      if (!withFiles(event)) return;
      event.preventDefault();
      event.dataTransfer.dropEffect = "copy";
      mark(true);
    });
    document.addEventListener("dragleave", (event) => { if (event.relatedTarget === null) mark(false); });
    document.addEventListener("drop", (event) => {
      if (!withFiles(event)) return;
      event.preventDefault();
      mark(false);
      this.add([...event.dataTransfer.files]);
    });
  }

  #show() {
    this.#showSending();
    this.#showTagging();
    this.#showTagged();
    this.#showFailures();
    setText($("adding-said"), this.#said());
  }

  #showSending() {
    const { busy, n, done, bytes, sentBytes } = this.#sender;
    $("sending").hidden = !busy;
    if (!busy) return;
    this.#bytesRate.note(sentBytes, performance.now());
    bar($("sending-bar"), sentBytes, bytes);
    const mb = (value) => (value / MB).toFixed(bytes < 20 * MB ? 1 : 0);
    setText($("sending-word"), WORDS.adding.sending(done, n, mb(sentBytes), mb(bytes)));
    setText($("sending-left"), leftText(this.#bytesRate.left(bytes - sentBytes)));
  }

  #showTagging() {
    const told = this.#told;
    const working = told !== null && (told.waiting > 0 || told.state === "judging" || told.state === "stopped");
    $("tagging").hidden = !working;
    if (!working) return;
    const { state, waiting, done, problem } = told;
    $("tagging").dataset.state = state;
    if (state === "judging" && waiting === 0) $("tagging-bar").removeAttribute("value");
    else bar($("tagging-bar"), done, done + waiting);
    const words = {
      stopped: () => WORDS.adding.stopped(problem), judging: () => WORDS.adding.judging,
    }[state] ?? (() => WORDS.adding.tagging(done, done + waiting));
    setText($("tagging-word"), words());
    setText($("tagging-left"), state === "tagging" ? leftText(this.#photosRate.left(waiting)) : "");
  }

  /** What was read in the newest photos, and what those are called here that were sent otherwise. */
  #showTagged() {
    const { renamed, there } = this.#sender;
    const { shows, sentAs, alreadyAs } = WORDS.adding;
    const sent = (name) => (renamed.get(name) ? ` (${sentAs(renamed.get(name))})` : "");
    const all = [
      ...(this.#told?.tagged ?? []).map(({ name, bibs, unsure }) => (
        [name, shows(bibs.join(", "), unsure.join(", ")) + sent(name)])),
      ...there.map(([sentName, name]) => [sentName, alreadyAs(name)]),
    ];
    $("tagged").hidden = all.length === 0;
    list($("tagged-list"), all);
  }

  #showFailures() {
    const ours = this.#sender.failed.map(({ file, status, told }) => [file.name, why(status, told)]);
    const { later, unreadable } = WORDS.adding;
    const theirs = (this.#told?.failed ?? []).map((one) => [one.name, (one.again ? later : unreadable)(one.why)]);
    const all = [...ours, ...theirs];
    $("send-again").hidden = this.#sender.lost.length === 0 || this.#sender.busy;
    $("failures").hidden = all.length === 0;
    list($("failures-list"), all);
  }

  /** What is told aloud: only how it ended, and at once what was cancelled. */
  #said() {
    const { busy, n, already, nFailed, cancelled } = this.#sender;
    const working = busy || (this.#told !== null && this.#told.state !== "idle");
    const unsent = cancelled > 0 ? WORDS.adding.cancelled(cancelled) : "";
    if (working) return unsent;
    // What came and could not be read was put aside: it is told among the failures.
    const came = n - nFailed - already - (this.#told?.n_failed ?? 0);
    const said = [
      came > 0 ? WORDS.adding.done(came) : "", already > 0 ? WORDS.adding.already(already) : "",
      unsent,
    ];
    return said.filter(Boolean).join(" ");
  }
}

/** Names, each with what is to be said of it; one that says the same stays, with its scroll. */
function list(element, all) {
  const drawn = JSON.stringify(all);
  if (drawn === (element.dataset.drawn ?? "[]")) return;
  element.dataset.drawn = drawn;
  element.replaceChildren(...all.map(([name, text]) => {
    const item = el("li");
    item.append(el("strong", "", name), ` ${text}`);
    return item;
  }));
}

function bar(element, done, all) {
  element.max = Math.max(all, 1);
  element.value = done;
}

function leftText(seconds) {
  if (seconds === null || seconds < 2) return "";
  return seconds < 90 ? WORDS.adding.secondsLeft(Math.round(seconds)) : WORDS.adding.minutesLeft(Math.round(seconds / 60));
}

/** Why a photo was not taken, in the page's language where its code is known. */
function why(status, told) {
  if (status === 0) return WORDS.adding.lost;
  return refusalText(told) ?? told?.detail ?? WORDS.adding.refused(String(status));
}
