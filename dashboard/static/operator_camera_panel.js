// One camera of the operator's page: its picture, what is drawn on it, and how it is set up.

import { CameraView } from "./camera.js";
import { el, setText } from "./elements.js";
import { ask } from "./operator_api.js";
import { CAMERAS as WORDS } from "./words.js";
import { Drawing } from "./operator_drawing.js";
import { SIDES } from "./operator_geometry.js";
import { Meter } from "./operator_meter.js";

function button(className, text, go) {
  const made = el("button", className, text);
  made.type = "button";
  made.addEventListener("click", go);
  return made;
}

/** One camera: its picture, the drawing over it, the buttons under it, and the meter. */
export class CameraPanel {
  #path;
  #drawing;
  #meter;
  #tools = el("div", "drawing-tools");
  #work = el("div", "drawing-work");
  #side = el("select");
  #sideLabel = el("label", "", WORDS.comeFrom);
  #sides = el("div", "drawing-side");
  #hint = el("p", "drawing-hint");
  #note = el("p", "drawing-note");
  #fault = el("p", "refusal");
  #buttons = {};
  #standing = null;
  #kind = null;
  #busy = false;

  constructor(name) {
    this.view = new CameraView(name);
    this.#path = `/api/cameras/${encodeURIComponent(name)}/view`;
    this.#drawing = new Drawing(this.view.element.querySelector(".camera-frame"));
    this.#drawing.onchange = (view) => { this.#side.value = view.approach; };
    this.#meter = new Meter(name);
    this.element = el("article", "set-up-camera");
    this.element.dataset.camera = name;
    this.element.setAttribute("aria-label", name);
    this.#note.setAttribute("role", "status");
    this.#fault.setAttribute("role", "alert");
    this.#build();
  }

  #build() {
    for (const kind of ["line", "region"]) {
      const made = button("act", WORDS.draw[kind], () => this.#begin(kind));
      this.#buttons[kind] = made;
      this.#tools.append(made);
    }
    for (const side of SIDES) {
      const option = el("option", "", WORDS.side[side]);
      option.value = side;
      this.#side.append(option);
    }
    this.#side.addEventListener("change", () => this.#drawing.come(this.#side.value));
    this.#sideLabel.append(this.#side);
    this.#sides.append(
      this.#sideLabel, button("act", WORDS.turn, () => this.#drawing.turn()));
    this.#buttons.remove = button("act", WORDS.remove, () => this.#send(true));
    const acts = el("div", "drawing-acts");
    acts.append(
      button("main-act", WORDS.save, () => this.#send(false)),
      button("act", WORDS.cancel, () => this.#end()), this.#buttons.remove);
    this.#work.append(this.#hint, this.#sides, acts);
    this.#work.hidden = true;
    this.#tools.hidden = true;
    const picture = el("div", "set-up-picture");
    picture.append(this.view.element, this.#tools, this.#work, this.#fault, this.#note);
    this.element.append(picture, this.#meter.element);
    this.element.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || this.#kind === null) return;
      event.stopPropagation();
      this.#end();
    });
  }

  status(camera) {
    this.view.status(camera);
    this.#meter.show(camera);
  }

  /** What the server has; null where it has no views, and then nothing is drawn. */
  async renew(mayDraw) {
    if (this.#kind !== null || this.#busy) return this.#standing;
    try {
      const standing = await ask(this.#path);
      // Somebody may have begun to draw meanwhile, over what was set then.
      if (this.#kind !== null || this.#busy) return this.#standing;
      this.#take(standing);
    } catch (error) {
      if (error.status === 404) this.#standing = null;
      // Otherwise what was known stays; the page says above that the line is broken.
    }
    this.#tools.hidden = !mayDraw || this.#standing === null || this.#kind !== null;
    return this.#standing;
  }

  #take(standing) {
    this.#standing = standing;
    if (this.#kind === null) this.#drawing.show(standing);
  }

  async #begin(kind) {
    if (this.#busy) return;
    this.#say("");
    this.#busy = true;
    try {
      // Drawn over what is set now, so that saving is refused only for what came after.
      this.#take(await ask(this.#path));
    } catch (error) {
      this.#refuse(error);
      return;
    } finally {
      this.#busy = false;
    }
    this.#kind = kind;
    this.#tools.hidden = true;
    this.#work.hidden = false;
    this.#sides.hidden = kind !== "line";
    this.#side.value = this.#standing.approach;
    setText(this.#hint, WORDS.how[kind]);
    const isSet = this.#standing[kind === "line" ? "finish_line" : "region"] !== null;
    this.#buttons.remove.disabled = !isSet;
    if (this.#standing.differs) this.#say(WORDS.differs(this.#standing.differs));
    this.#drawing.edit(kind, this.#standing);
  }

  async #send(remove) {
    if (this.#busy) return;
    const line = this.#kind === "line";
    const view = { ...this.#drawing.view };
    if (remove) Object.assign(view, line ? { finish_line: null, approach: "auto" } : { region: null });
    const { finish_line, approach, region } = view;
    const { version } = this.#standing;
    this.#busy = true;
    setText(this.#fault, "");
    try {
      const standing = await ask(this.#path, { finish_line, approach, region, version }, "PUT");
      this.#end();
      this.#take(standing);
      this.#say(standing.kept ? WORDS.saved : WORDS.notKept);
    } catch (error) {
      this.#refuse(error);
    } finally {
      this.#busy = false;
    }
  }

  #end() {
    const kind = this.#kind;
    if (kind === null) return;
    this.#kind = null;
    this.#drawing.stop();
    this.#drawing.show(this.#standing);
    this.#work.hidden = true;
    this.#tools.hidden = false;
    this.#say("");
    this.#buttons[kind].focus({ preventScroll: true });
  }

  #say(text) {
    setText(this.#note, text);
    setText(this.#fault, "");
  }

  #refuse(error) {
    setText(this.#fault, error.status === 0 ? WORDS.unreachable : error.message);
  }
}
