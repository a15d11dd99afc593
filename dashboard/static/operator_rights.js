// Who uses the page, and what they may do.

import { ask } from "./operator_api.js";
import { notice, offerSignIn } from "./operator_page.js";
import { OPERATOR as WORDS } from "./words.js";

export const CORRECTIONS = "/api/corrections";
const OPERATORS = new Set(["operator", "admin"]);
// Who has no token may say who they are.
const NAMELESS = new Set(["this computer", "everybody"]);

export class Rights {
  #field;
  #who = null;
  #open = false;

  /** `field` is where somebody without a token types a name. */
  constructor(field) {
    this.#field = field;
  }

  /** Whether this page may correct this race. */
  get may() {
    return this.#open && OPERATORS.has(this.#who?.role);
  }

  /** Whether this page may change what a camera looks at. */
  get mayDraw() {
    return this.#who?.role === "admin";
  }

  get nameless() {
    return NAMELESS.has(this.#who?.name);
  }

  /** The name that was typed; empty where the token has one. */
  get said() {
    return this.nameless ? this.#field.value.trim() : "";
  }

  /** The name that corrections get. */
  get name() {
    return this.said || this.#who?.name;
  }

  /** Ask anew, as rights can be taken away: the start list and the corrections, or null. */
  async learn() {
    try {
      this.#who = await ask("/api/who");
      const { entries } = await ask("/api/startlist");
      const told = await ask(`${CORRECTIONS}?limit=200`);
      this.#open = told.may_correct;
      if (!OPERATORS.has(this.#who.role)) notice(WORDS.viewer);
      else notice(this.#open ? "" : WORDS.lookOnly);
      return { entries, corrections: told.corrections };
    } catch (error) {
      this.#open = false;
      if (error.status === 401) offerSignIn();
      // A server without corrections has no list of them either.
      else notice(error.status === 404 ? WORDS.lookOnly : error.message);
      return null;
    }
  }
}
