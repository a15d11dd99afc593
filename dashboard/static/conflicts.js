// Who claims whose bib. Knows no page: claims in, marks on the runners out.

import { runnerKey } from "./runner_key.js";

export class Claims {
  // By the key of a runner, the keys of others with the bib that both were told to claim.
  #claims = new Map();

  /** Begin anew with the runners of a snapshot. */
  reset(rows) {
    this.#claims = new Map();
    for (const row of rows) {
      for (const other of row.conflict ?? []) this.add(row.camera, row.track_id, other, row.bib);
    }
  }

  add(camera, trackId, otherTrackId, bib) {
    const [one, other] = [runnerKey(camera, trackId), runnerKey(camera, otherTrackId)];
    for (const [key, rival] of [[one, other], [other, one]]) {
      this.#claims.set(key, (this.#claims.get(key) ?? new Map()).set(rival, bib));
    }
  }

  /** Mark the runners whose bib another one still claims; what a person said stands. */
  settle(runners) {
    for (const [key, rivals] of this.#claims) {
      const runner = runners.get(key);
      if (!runner) continue;
      // One that this page does not know any more cannot have given the bib up either.
      const has = (rival, bib) => {
        const other = runners.get(rival);
        return bib === runner.bib && (!other || (other.bib === bib && !other.hidden));
      };
      runner.conflict = runner.state !== "corrected"
        && [...rivals].some(([rival, bib]) => has(rival, bib));
    }
  }
}
