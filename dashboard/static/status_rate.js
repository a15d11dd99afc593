// The read rate over the time of the race: a line of shares over bars of runners per minute.

import { el, setText } from "./elements.js";
import { timeText } from "./format.js";
import { numberText } from "./status_facts.js";
import { STATUS as WORDS } from "./words.js";

const SVG = "http://www.w3.org/2000/svg";
const LEFT = 46;
const RIGHT = 10;
const SHARES = { top: 14, height: 130 };
const BARS = { top: 176, height: 70 };
const FOOT = 26;
const LEAST_TICK_PX = 84;

const percent = (share) => `${Math.round(share * 100)} %`;

function shape(name, attributes, text = null) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  if (text !== null) element.textContent = text;
  return element;
}

/** A round number at or above `most`, so that half of it is round too. */
function roundUp(most) {
  const step = 10 ** Math.floor(Math.log10(Math.max(most, 1)));
  return [1, 2, 4, 6, 10].map((n) => n * step).find((n) => n >= most);
}

/** Runners and those read, of one basis. */
function countsOf(piece, basis) {
  return basis === "crossed" ? { runners: piece.crossed, read: piece.crossed_read }
    : { runners: piece.runners, read: piece.read };
}

export class RatePlot {
  #place;
  #said;
  #table;
  #drawn = null;
  #width = 0;

  constructor(place, said, table) {
    this.#place = place;
    this.#said = said;
    this.#table = table;
    new ResizeObserver(() => {
      if (Math.abs(place.clientWidth - this.#width) > 1) this.#draw();
    }).observe(place);
  }

  /** `basis` is "crossed" (who crossed the line) or "all". */
  show(rate, basis, zone) {
    const pieces = rate.bins.map((bin) => {
      const { runners, read } = countsOf(bin, basis);
      const share = runners ? read / runners : null;
      const perMinute = (runners * 60) / rate.bin_s;
      // Whole hours need no seconds; a short race does.
      return { at: timeText(bin.from_utc_ns, zone, false), runners, read, share, perMinute };
    });
    this.#drawn = { pieces, whole: countsOf(rate, basis), basis, binS: rate.bin_s };
    this.#tell();
    this.#draw();
    this.#tabulate();
  }

  #tell() {
    const { whole: { runners, read }, basis, binS } = this.#drawn;
    const said = runners ? WORDS.rateSaid[basis](numberText(read), numberText(runners), percent(read / runners))
      : WORDS.rateNone[basis];
    setText(this.#said, runners ? `${said} ${WORDS.pieces(binS)}` : said);
  }

  #draw() {
    if (!this.#drawn) return;
    const { pieces, whole } = this.#drawn;
    this.#place.hidden = whole.runners === 0;
    this.#width = this.#place.clientWidth;
    if (this.#place.hidden || this.#width < 60) return;
    const height = BARS.top + BARS.height + FOOT;
    const svg = shape("svg", {
      viewBox: `0 0 ${this.#width} ${height}`, width: this.#width, height, role: "img",
      "aria-label": `${this.#said.textContent} ${WORDS.plotHint}`,
    });
    const step = (this.#width - LEFT - RIGHT) / pieces.length;
    const middle = (n) => LEFT + (n + 0.5) * step;
    svg.append(...this.#frame(pieces, step, roundUp(Math.max(...pieces.map((one) => one.perMinute)))));
    svg.append(...this.#bars(pieces, step), ...this.#shares(pieces, middle));
    svg.append(...pieces.map((one, n) => this.#touch(one, LEFT + n * step, step)));
    this.#place.replaceChildren(svg);
  }

  /** Rules with their figures, the names of both scales, and times below. */
  #frame(pieces, step, most) {
    const right = this.#width - RIGHT;
    const rule = (y) => shape("line", { x1: LEFT, x2: right, y1: y, y2: y, class: "rule" });
    const figure = (y, text) => shape("text", { x: LEFT - 6, y: y + 4, class: "figure end" }, text);
    const parts = [
      shape("text", { x: LEFT, y: SHARES.top - 4, class: "scale" }, WORDS.shareRead),
      shape("text", { x: LEFT, y: BARS.top - 6, class: "scale" }, WORDS.perMinute),
    ];
    for (const share of [0, 0.5, 1]) {
      const y = SHARES.top + (1 - share) * SHARES.height;
      parts.push(rule(y), figure(y, percent(share)));
    }
    for (const part of [0, 0.5, 1]) {
      const y = BARS.top + (1 - part) * BARS.height;
      parts.push(rule(y), figure(y, numberText(part * most)));
    }
    const every = Math.max(1, Math.ceil(LEAST_TICK_PX / step));
    for (let n = 0; n < pieces.length; n += every) {
      const x = LEFT + n * step;
      const y = BARS.top + BARS.height;
      parts.push(shape("line", { x1: x, x2: x, y1: y, y2: y + 5, class: "rule" }));
      if (x + 50 < this.#width) parts.push(shape("text", { x, y: y + 19, class: "figure" }, pieces[n].at));
    }
    return parts;
  }

  #bars(pieces, step) {
    const most = roundUp(Math.max(...pieces.map((one) => one.perMinute)));
    const gap = Math.min(3, step * 0.2);
    return pieces.map((one, n) => {
      const height = (one.perMinute / most) * BARS.height;
      return shape("rect", {
        x: LEFT + n * step + gap / 2, width: Math.max(1, step - gap), height,
        y: BARS.top + BARS.height - height, class: "bar-of",
      });
    });
  }

  /** The line breaks where nobody came. */
  #shares(pieces, middle) {
    const y = (share) => SHARES.top + (1 - share) * SHARES.height;
    let line = "";
    let pen = "M";
    const dots = [];
    for (const [n, { share }] of pieces.entries()) {
      if (share === null) {
        pen = "M";
        continue;
      }
      line += `${pen}${middle(n).toFixed(1)} ${y(share).toFixed(1)}`;
      pen = "L";
      dots.push(shape("circle", { cx: middle(n), cy: y(share), r: 3.5, class: "dot" }));
    }
    return [shape("path", { d: line, class: "share" }), ...dots];
  }

  /** What a pointer that rests over a piece is told. */
  #touch(one, x, width) {
    const area = shape("rect", { x, y: 0, width, height: BARS.top + BARS.height, class: "touch" });
    const share = one.share === null ? "" : ` (${percent(one.share)})`;
    area.append(shape("title", {}, `${one.at}: ${WORDS.readOf(one.read, one.runners)}${share}`));
    return area;
  }

  #tabulate() {
    const head = el("tr");
    head.append(...WORDS.columns.map((name) => {
      const cell = el("th", "", name);
      cell.scope = "col";
      return cell;
    }));
    const rows = this.#drawn.pieces.map((one) => {
      const row = el("tr");
      const first = el("th", "", one.at);
      first.scope = "row";
      const cells = [numberText(one.runners), numberText(one.read),
        one.share === null ? "–" : percent(one.share), numberText(Math.round(one.perMinute * 10) / 10)];
      row.append(first, ...cells.map((text) => el("td", "", text)));
      return row;
    });
    const [top, body] = [el("thead"), el("tbody")];
    top.append(head);
    body.append(...rows);
    this.#table.replaceChildren(top, body);
  }
}
