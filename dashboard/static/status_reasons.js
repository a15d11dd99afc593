// Why runners were not read: a bar for each reason, with what to do about it.

import { el, setText } from "./elements.js";
import { numberText } from "./status_facts.js";
import { STATUS as WORDS } from "./words.js";

/** Draw the reasons of one basis: "crossed" (who crossed the line) or "all". */
export function showReasons(unread, basis, said, list) {
  const count = (one) => (basis === "crossed" ? one.crossed : one.runners);
  const all = basis === "crossed" ? unread.crossed : unread.unread;
  setText(said, all ? WORDS.unreadSaid[basis](numberText(all)) : WORDS.unreadNone[basis]);
  const reasons = unread.reasons.filter((one) => count(one) > 0)
    .sort((a, b) => count(b) - count(a));
  list.hidden = reasons.length === 0;
  list.replaceChildren(...reasons.map((one) => row(one, count(one), all, unread.needed_px)));
}

function row(reason, n, all, neededPx) {
  const element = el("li", "reason");
  element.dataset.why = reason.why;
  const words = WORDS.why[reason.why] ?? { what: reason.why, mend: "" };
  const share = Math.round((n / all) * 100);
  const head = el("p", "reason-head");
  head.append(el("strong", "", words.what), el("span", "", `${numberText(n)} · ${share} %`));
  const bar = el("div", "bar-room");
  const fill = el("div", "bar-fill");
  fill.style.setProperty("--share", `${Math.max(1, share)}%`);
  bar.append(fill);
  const measured = reason.why === "too_small" && reason.number_px !== null
    ? `${WORDS.numberPx(numberText(Math.round(reason.number_px)), numberText(neededPx))} ` : "";
  element.append(head, bar, el("p", "mend", measured + words.mend));
  return element;
}
