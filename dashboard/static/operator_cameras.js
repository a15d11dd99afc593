// The cameras in the place of the corrections: opened by a button, shown while they are looked at.

import { setText } from "./elements.js";
import { CameraPanel } from "./operator_camera_panel.js";
import { CAMERAS as WORDS } from "./words.js";

const RENEW_MS = 5000;
const ADDRESS = "#cameras";

/** All cameras. `page` has place, desk, toggle and title: elements of the page. */
export class Cameras {
  /** Called with whether they are looked at, whenever that changes. */
  onopen = () => {};
  #page;
  #rights;
  #panels = new Map();
  #renewing = null;

  constructor(page, rights) {
    this.#page = page;
    this.#rights = rights;
    const { place, toggle } = page;
    toggle.setAttribute("aria-label", WORDS.cameras);
    toggle.title = WORDS.title;
    setText(toggle.lastElementChild, WORDS.cameras);
    setText(place.querySelector("h2"), WORDS.title);
    toggle.addEventListener("click", () => this.#show(place.hidden));
    setInterval(() => { for (const panel of this.#panels.values()) panel.view.tick(); }, 500);
  }

  /** Let them be opened, if there are any: a race that runs has cameras, a finished one none. */
  async offer(names) {
    for (const name of names) this.#panel(name);
    const some = await this.#renew();
    this.#page.toggle.hidden = !some;
    if (!some) this.#show(false);
    else if (location.hash === ADDRESS) this.#show(true);
  }

  beat(status) {
    for (const one of Array.isArray(status.cameras) ? status.cameras : []) {
      if (typeof one.name === "string") this.#panel(one.name).status(one);
    }
  }

  preview(told, jpeg, zone) {
    return this.#panel(told.camera).view.show(told, jpeg, zone);
  }

  /** A camera can turn up that was not told of at first. */
  #panel(name) {
    if (!this.#panels.has(name)) {
      const panel = new CameraPanel(name);
      this.#panels.set(name, panel);
      this.#page.place.append(panel.element);
    }
    return this.#panels.get(name);
  }

  async #renew() {
    const panels = [...this.#panels.values()];
    const known = await Promise.all(panels.map((panel) => panel.renew(this.#rights.mayDraw)));
    return known.some((standing) => standing !== null);
  }

  #show(wanted) {
    const { place, desk, toggle, title } = this.#page;
    if (place.hidden === !wanted) return;
    place.hidden = !wanted;
    desk.hidden = wanted;
    toggle.setAttribute("aria-pressed", String(wanted));
    setText(title, wanted ? WORDS.cameras : WORDS.corrections);
    history.replaceState(null, "", wanted ? ADDRESS : location.pathname + location.search);
    // What others draw is seen here soon, too.
    clearInterval(this.#renewing);
    if (wanted) this.#renewing = setInterval(() => this.#renew(), RENEW_MS);
    this.onopen(wanted);
  }
}
