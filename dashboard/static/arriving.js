// Who is about to arrive. Knows no page: runners in, runners out.

import { isSure } from "./roster.js";

const APPROACH_NS = 60e9;

const longestFirst = (a, b) => a.firstSeenNs - b.firstSeenNs || a.trackId - b.trackId;

/**
 * Confirmed runners who come next, the one seen first on top, each bib once.
 *
 * The finish camera is the one with crossings. Where it is known and another camera sees runners
 * too, these are the runners whom the other saw within the last minute and the finish camera has
 * not seen since. Otherwise they are those in view who have not crossed. `nowNs` is the time of
 * capture up to which the race is known.
 */
export function arriving(runners, nowNs) {
  const finish = new Set(runners.filter((one) => one.crossingNs !== null).map((one) => one.camera));
  const approach = runners.filter((one) => !finish.has(one.camera));
  const sure = finish.size > 0 && approach.length > 0
    ? approach.filter((one) => isSure(one) && isNear(one, nowNs) && !isThere(one, runners, finish))
    : runners.filter((one) => isSure(one) && one.inView && one.crossingNs === null);
  const byBib = new Map(sure.sort(longestFirst).map((one) => [one.bib, one]));
  return [...byBib.values()].sort(longestFirst);
}

function isNear(runner, nowNs) {
  return runner.inView || nowNs - runner.lastSeenNs <= APPROACH_NS;
}

/** Whether the finish camera has seen the bib since; a lap before does not count. */
function isThere(runner, runners, finish) {
  return runners.some((one) => finish.has(one.camera) && one.bib === runner.bib
    && (one.inView || one.lastSeenNs >= runner.firstSeenNs));
}
