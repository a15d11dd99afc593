// Which runners crossed together. Knows no page: runners in, groups out.

const TOGETHER_NS = 1e9;

function byCrossing(a, b) {
  return a.crossingNs - b.crossingNs || a.trackId - b.trackId;
}

/**
 * Runners who cross within one second, in the order of crossing; the runner across first opens
 * the group, so a dense field is cut into seconds and never grows into one endless group.
 * Each camera has its own groups. Runners who cross alone or have not crossed are in none.
 */
export function groupsOf(runners) {
  const groups = [];
  const open = new Map();
  for (const runner of runners.filter((one) => one.crossingNs !== null).sort(byCrossing)) {
    let group = open.get(runner.camera);
    if (!group || runner.crossingNs - group[0].crossingNs > TOGETHER_NS) {
      group = [];
      groups.push(group);
      open.set(runner.camera, group);
    }
    group.push(runner);
  }
  return groups.filter((group) => group.length > 1);
}

/**
 * The runners of a list in blocks, `{ runners, group }`: those who crossed together stand together
 * where the first of them in the list would stand, the last across on top as in the whole list.
 */
export function inBlocks(runners) {
  const blockOf = new Map();
  for (const group of groupsOf(runners)) {
    const block = { runners: [...group].reverse(), group: true };
    for (const runner of group) blockOf.set(runner, block);
  }
  return [...new Set(runners.map((one) => blockOf.get(one) ?? { runners: [one], group: false }))];
}
