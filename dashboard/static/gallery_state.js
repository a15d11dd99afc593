// What the gallery shows, as its address says it. Pure.

export const FILTERS = ["all", "read", "unsure", "matched", "unread"];
const TEXTS = ["q", "from", "to", "bib"];

/** The state that an address stands for; what makes no sense in it is left out. */
export function stateOf(address) {
  const told = new URL(address).searchParams;
  const filter = FILTERS.includes(told.get("filter")) ? told.get("filter") : FILTERS[0];
  const page = Number(told.get("page"));
  const texts = TEXTS.map((name) => [name, (told.get(name) ?? "").trim()]);
  return { filter, page: Number.isInteger(page) && page > 0 ? page : 1, ...Object.fromEntries(texts) };
}

/** Everything, from the first page on. */
export const ALL = Object.freeze({ filter: FILTERS[0], page: 1, q: "", from: "", to: "", bib: "" });

/** The address of a state. The language that the address asks for stays. */
export function addressOf(state, address) {
  const made = new URL(address);
  const lang = made.searchParams.get("lang");
  made.search = "";
  for (const name of TEXTS) if (state[name]) made.searchParams.set(name, state[name]);
  if (state.filter !== FILTERS[0]) made.searchParams.set("filter", state.filter);
  if (state.page > 1) made.searchParams.set("page", state.page);
  if (lang !== null) made.searchParams.set("lang", lang);
  return made.pathname + made.search;
}

/** What is asked of the server for a state; times of day are meant in `zone`. */
export function questionOf(state, zone) {
  if (state.bib) return `/api/runners/${encodeURIComponent(state.bib)}`;
  const asked = new URLSearchParams({ filter: state.filter, page: state.page });
  for (const name of ["q", "from", "to"]) if (state[name]) asked.set(name, state[name]);
  if (zone && (state.from || state.to)) asked.set("zone", zone);
  return `/api/gallery?${asked}`;
}

/** Where the arrow keys lead from one picture to another; null for any other key. */
export function step(key, at, n, columns) {
  const by = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns }[key];
  if (key === "Home") return 0;
  if (key === "End") return n - 1;
  if (by === undefined) return null;
  const to = at + by;
  if (to >= 0 && to < n) return to;
  // Below the last full row the last picture is nearest; elsewhere the edge holds.
  return key === "ArrowDown" && Math.floor(at / columns) < Math.floor((n - 1) / columns) ? n - 1 : at;
}
