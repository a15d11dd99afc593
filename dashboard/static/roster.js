// The runners as the events tell them. Knows no page and no line: events in, runners out.

import { Claims } from "./conflicts.js";
import { runnerKey } from "./runner_key.js";

const MAX_RUNNERS = 3000;

function newRunner(camera, trackId, utcNs) {
  return {
    key: runnerKey(camera, trackId), camera, trackId, bib: null, state: null, posterior: null,
    votes: null, listed: null, entry: null, evidence: null, firstSeenNs: utcNs, lastSeenNs: utcNs,
    crossingNs: null, clock: null, inView: true, conflict: false, confirmedSeq: null,
    hidden: false,
  };
}

function fromRow(row) {
  return {
    ...newRunner(row.camera, row.track_id, row.first_seen_utc_ns),
    bib: row.bib, state: row.bib === null ? null : row.state, posterior: row.posterior,
    votes: row.votes ?? null, listed: row.listed, entry: row.entry, evidence: row.evidence,
    lastSeenNs: row.last_seen_utc_ns, crossingNs: row.crossing_utc_ns, clock: row.clock,
    inView: row.in_view ?? false,
    hidden: Boolean(row.hidden) || (row.merged_into ?? null) !== null,
  };
}

/** Confirmed by the votes or by a person. */
export function isSure(runner) {
  return runner.bib !== null && (runner.state === "confirmed" || runner.state === "corrected");
}

/** Newest first, by when the runner came into view: an order that no later event changes. */
function newestFirst(a, b) {
  return b.firstSeenNs - a.firstSeenNs || b.trackId - a.trackId || (a.camera < b.camera ? 1 : -1);
}

function isNext(runner) {
  return runner.inView && runner.crossingNs === null;
}

/** Who is in view and has not crossed comes first, the longest in view on top. */
function nextFirst(a, b) {
  if (isNext(a) && isNext(b)) return newestFirst(b, a);
  return isNext(b) - isNext(a) || newestFirst(a, b);
}

const ORDERS = { newest: newestFirst, next: nextFirst };

const FILTERS = {
  tagged: (runner) => runner.bib !== null,
  confirmed: isSure,
  unread: (runner) => runner.bib === null && !runner.inView,
};

export class Roster {
  #runners = new Map();
  #claims = new Claims();
  #earlier = { confirmed: 0, unread: 0 };
  #newestNs = 0;

  /** Begin anew with what the race knows; `earlier` counts the runners that are not in `rows`. */
  reset(rows, earlier) {
    this.#earlier = earlier;
    this.#runners = new Map();
    for (const row of rows) {
      const runner = fromRow(row);
      this.#runners.set(runner.key, runner);
    }
    this.#claims.reset(rows);
    this.#claims.settle(this.#runners);
    this.#newestNs = rows.reduce((newest, row) => Math.max(newest, row.last_seen_utc_ns), 0);
  }

  /** The newest time of capture that was told. */
  get newestNs() {
    return this.#newestNs;
  }

  /** Take one event; the runner it is about, or null for a type that is not known. */
  apply(event) {
    const change = CHANGES[event.type];
    if (!change) return null;
    this.#newestNs = Math.max(this.#newestNs, event.capture_utc_ns);
    const key = runnerKey(event.camera, event.track_id);
    let runner = this.#runners.get(key);
    if (!runner) {
      runner = newRunner(event.camera, event.track_id, event.capture_utc_ns);
      this.#runners.set(key, runner);
      this.#forgetOldest();
    }
    change(runner, event);
    for (const row of event.runners ?? []) this.#correct(row);
    if (event.type === "conflict") {
      this.#claims.add(event.camera, event.track_id, event.other_track_id, event.bib);
    }
    this.#claims.settle(this.#runners);
    return this.#runners.get(key);
  }

  /** Runners that pass the filter `tagged`, `confirmed` or `unread`, in the order of `ORDERS`. */
  list(filter, order = "newest") {
    return this.all().filter(FILTERS[filter]).sort(ORDERS[order]);
  }

  /** A runner on the lists by its key, or null. */
  find(key) {
    const runner = this.#runners.get(key);
    return runner && !runner.hidden ? runner : null;
  }

  /** The runner confirmed last, or null. */
  latest() {
    const sure = this.list("confirmed");
    return sure.reduce((best, runner) => (
      (runner.confirmedSeq ?? -1) > (best.confirmedSeq ?? -1) ? runner : best), sure[0]) ?? null;
  }

  counts() {
    const all = this.all();
    return {
      inView: all.filter((runner) => runner.inView).length,
      confirmed: this.#earlier.confirmed + all.filter(isSure).length,
      unread: this.#earlier.unread + all.filter(FILTERS.unread).length,
    };
  }

  /** All runners that belong in a list, in no order. */
  all() {
    return [...this.#runners.values()].filter((runner) => !runner.hidden);
  }

  /** Take over how a track stands after a correction; its tag's event follows by itself. */
  #correct(row) {
    const now = fromRow(row);
    const before = this.#runners.get(now.key);
    if (before?.bib === now.bib && isSure(now)) now.confirmedSeq = before.confirmedSeq;
    this.#runners.set(now.key, now);
  }

  /** Many hours on, the oldest live on in the counts alone. */
  #forgetOldest() {
    if (this.#runners.size <= MAX_RUNNERS) return;
    const oldest = [...this.#runners.values()].sort(newestFirst).slice(MAX_RUNNERS * 0.9);
    for (const runner of oldest) {
      if (isSure(runner)) this.#earlier.confirmed += 1;
      if (FILTERS.unread(runner)) this.#earlier.unread += 1;
      this.#runners.delete(runner.key);
    }
  }
}

const CHANGES = {
  opened() { /* being there is all */ },
  tagged(runner, event) {
    const wasSure = isSure(runner) && runner.bib === event.bib;
    Object.assign(runner, {
      bib: event.bib, state: event.bib === null ? null : event.state, posterior: event.posterior,
      votes: event.votes, listed: event.listed, entry: event.entry,
      evidence: event.evidence ?? runner.evidence, lastSeenNs: event.capture_utc_ns,
    });
    if (!isSure(runner)) runner.confirmedSeq = null;
    else if (!wasSure || runner.confirmedSeq === null) runner.confirmedSeq = event.seq;
  },
  crossed(runner, event) {
    runner.crossingNs = event.capture_utc_ns;
    runner.clock = event.clock;
  },
  conflict() { /* claims are settled after each event */ },
  corrected() { /* the tracks that changed are told whole */ },
  closed(runner, event) {
    runner.inView = false;
    runner.lastSeenNs = event.capture_utc_ns;
    if (runner.bib !== event.bib) {
      Object.assign(runner, {
        bib: event.bib, state: event.state, posterior: event.posterior, entry: event.entry,
        listed: null,
      });
    }
    runner.evidence = event.evidence ?? runner.evidence;
  },
};
