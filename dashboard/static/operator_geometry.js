// Where a finish line and a region lie in a picture, and which way runners cross. No page here.

export const SIDES = ["auto", "above", "below", "left", "right", "any"];
export const FIRST_LINE = [[0.1, 0.8], [0.9, 0.8]];
export const FIRST_REGION = [0.05, 0.1, 0.95, 0.95];
// The ends of a line may lie outside the picture: so much of it is shown round the picture.
const MARGIN = 0.08;
const LEAST_SIDE = 0.02;
const LEAST_LENGTH = 0.02;
const FARTHEST = [-1, 2];

const clamp = (value, [low, high]) => Math.min(high, Math.max(low, value));

/** What must be seen to move the ends: left, top, right and bottom, 0 to 1 is the picture. */
export function extents(line) {
  const low = (k) => Math.max(FARTHEST[0], Math.min(-MARGIN, line[0][k] - 0.02, line[1][k] - 0.02));
  const high = (k) => Math.min(FARTHEST[1], Math.max(1 + MARGIN, line[0][k] + 0.02, line[1][k] + 0.02));
  return [low(0), low(1), high(0), high(1)];
}

/** The line with one end elsewhere; the same line where nothing would be left of it. */
export function endMoved(line, index, [x, y], [left, top, right, bottom]) {
  const moved = line.map((end) => [...end]);
  moved[index] = [clamp(x, [left, right]), clamp(y, [top, bottom])];
  const [a, b] = moved;
  return Math.hypot(b[0] - a[0], b[1] - a[1]) < LEAST_LENGTH ? line : moved;
}

/** The whole line moved, as far as there is room for both ends. */
export function lineMoved(line, [dx, dy], [left, top, right, bottom]) {
  const room = (k, by, low, high) => clamp(
    by, [low - Math.min(line[0][k], line[1][k]), high - Math.max(line[0][k], line[1][k])]);
  const [x, y] = [room(0, dx, left, right), room(1, dy, top, bottom)];
  return line.map((end) => [end[0] + x, end[1] + y]);
}

/** The corners of a region in the order of its handles: clockwise from the top left. */
export function corners([x0, y0, x1, y1]) {
  return [[x0, y0], [x1, y0], [x1, y1], [x0, y1]];
}

/** The region with one corner elsewhere; it never turns over and stays in the picture. */
export function cornerMoved(region, index, [x, y]) {
  const [x0, y0, x1, y1] = region;
  const isLeft = index === 0 || index === 3;
  const isTop = index < 2;
  const across = isLeft ? [0, x1 - LEAST_SIDE] : [x0 + LEAST_SIDE, 1];
  const down = isTop ? [0, y1 - LEAST_SIDE] : [y0 + LEAST_SIDE, 1];
  const moved = [...region];
  moved[isLeft ? 0 : 2] = clamp(x, across);
  moved[isTop ? 1 : 3] = clamp(y, down);
  return moved;
}

export function regionMoved([x0, y0, x1, y1], [dx, dy]) {
  const [x, y] = [clamp(dx, [-x0, 1 - x1]), clamp(dy, [-y0, 1 - y1])];
  return [x0 + x, y0 + y, x1 + x, y1 + y];
}

/** What "auto" means for a line, as stream/finish.py has it. `a` and `b` are in pixels. */
export function sideOf(approach, a, b) {
  if (approach !== "auto") return approach;
  return Math.abs(b[0] - a[0]) >= Math.abs(b[1] - a[1]) ? "above" : "any";
}

/** Ways that runners go across a line, each a vector of length 1; two where both count. */
export function ways(approach, a, b) {
  const side = sideOf(approach, a, b);
  const [dx, dy] = [b[0] - a[0], b[1] - a[1]];
  const length = Math.hypot(dx, dy) || 1;
  const normal = [-dy / length, dx / length];
  const back = normal.map((part) => -part);
  if (side === "any") return [normal, back];
  const along = side === "above" || side === "below" ? dx : -dy;
  const towards = side === "above" || side === "left";
  return [(along >= 0) === towards ? normal : back];
}

/** The other side of the same line. */
export function turned(approach, a, b) {
  const side = sideOf(approach, a, b);
  const other = { above: "below", below: "above", left: "right", right: "left" }[side];
  if (other) return other;
  return Math.abs(b[0] - a[0]) >= Math.abs(b[1] - a[1]) ? "above" : "left";
}
