// How long a runner has been on the way: gun time by wave. Knows no page.

// A wave's name as it is compared; the server compares alike (stream/waves.py).
const keyOf = (wave) => (wave ?? "").trim().toLowerCase();

/** The starts of a race, as the server's hello tells them. */
export class Starts {
  #gunNs;
  #waves;

  constructor(told = {}) {
    this.#gunNs = told.gun_utc_ns ?? null;
    this.#waves = new Map(Object.entries(told.waves ?? {}).map(([wave, ns]) => [keyOf(wave), ns]));
  }

  /** When a runner's wave started (ns since 1970), or the gun; null where neither is known. */
  of(runner) {
    return this.#waves.get(keyOf(runner.entry?.wave)) ?? this.#gunNs;
  }
}

/**
 * The runner's time since `startNs`: up to the crossing, or up to `nowNs` while the runner is in
 * view and has not crossed. Null for everybody else, and where the start comes later: footage
 * without a date counts from 1970, so it has no elapsed times.
 */
export function elapsedNs(runner, startNs, nowNs) {
  const until = runner.crossingNs ?? (runner.inView ? nowNs : null);
  return startNs !== null && until !== null && until >= startNs ? until - startNs : null;
}
