// The race's present: the newest time of capture that was heard, and on from there by this
// computer's clock. Cameras and this computer need not agree on the time of day.

export class CaptureClock {
  #newestNs = 0;
  #heardAt = 0;

  /** Something of this time of capture was told. */
  hear(utcNs) {
    if (utcNs <= this.#newestNs) return;
    this.#newestNs = utcNs;
    this.#heardAt = performance.now();
  }

  nowNs() {
    return this.#newestNs + (performance.now() - this.#heardAt) * 1e6;
  }
}
