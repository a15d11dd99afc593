// Reports when a tag has been painted, on the server's clock, so that the race knows how long
// its tags take to the eye. Only what happens now and is seen: not the past, not in a hidden tab.

// Asked one after the other: while the page is still busy, answers wait and say little.
const FIRST_QUESTIONS = 5;
// Beats, of two seconds each, between later questions.
const BEATS_BETWEEN = 10;
const SAMPLES_KEPT = 8;

export class Painted {
  #say;
  #samples = [];
  #beats = 0;
  #after = Infinity;
  #told = [];

  /** `say` sends a message to the server. */
  constructor(say) {
    this.#say = say;
    document.addEventListener("visibilitychange", () => { this.#told = []; });
  }

  /** A new line: what the server knew already is the past. */
  hello(hello) {
    this.#after = hello.last_seq;
    this.#samples = [];
    this.#beats = 0;
    this.#told = [];
    this.#askClock();
  }

  /** The time of asking again, now and then. */
  beat() {
    this.#beats += 1;
    if (this.#beats === 1 || this.#beats % BEATS_BETWEEN === 0) this.#askClock();
  }

  /** The server's answer. Where it was long on its way it may be wrong by half of that. */
  clock({ sent, server_utc_ms: serverMs }) {
    const now = performance.now();
    this.#samples.push({ offset: serverMs - (sent + now) / 2, round: now - sent });
    if (this.#samples.length < FIRST_QUESTIONS) this.#askClock();
    if (this.#samples.length > SAMPLES_KEPT) this.#samples.shift();
  }

  /** An event has come and will be drawn. */
  note(event) {
    if (event.type !== "tagged" || event.bib === null || event.correction) return;
    if (!document.hidden && event.seq > this.#after) this.#told.push(event.seq);
  }

  /** Called while drawing, before the browser paints: by the next frame it has painted. */
  drawn() {
    if (!this.#told.length) return;
    const told = this.#told;
    this.#told = [];
    requestAnimationFrame(() => this.#report(told, performance.now()));
  }

  #askClock() {
    if (!document.hidden) this.#say({ type: "clock", sent: performance.now() });
  }

  #report(told, at) {
    if (document.hidden || !this.#samples.length) return;
    const best = this.#samples.reduce((a, b) => (b.round < a.round ? b : a));
    for (const seq of told) {
      this.#say({
        type: "painted",
        seq,
        at_utc_ms: at + best.offset,
        uncertainty_ms: best.round / 2,
      });
    }
  }
}
