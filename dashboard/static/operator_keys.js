// The keys of the operator's page. Letters are acts only where nothing is being typed.

const STEPS = { ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10, Home: -1e6, End: 1e6 };
const TURNS = { ArrowRight: 1, ArrowLeft: -1 };

/**
 * `does` has step(by), turn(by), back, type, sendBib, wrongPerson, notARunner, merge, split, undo,
 * and rest, which says whether the keys mean nothing for now.
 */
export function keyboard(does) {
  const letters = {
    w: does.wrongPerson, n: does.notARunner, m: does.merge, s: does.split, b: does.type,
  };

  document.addEventListener("keydown", (event) => {
    if (does.rest()) return;
    const field = event.target.closest?.("input");
    const typing = field !== null && field !== undefined;
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z") {
      // Where a text was begun, the browser's own undo is meant.
      if (event.repeat || event.shiftKey || event.altKey || (typing && field.value)) return;
      event.preventDefault();
      does.undo();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape") does.back();
    else if (typing) whileTyping(event, field);
    else elsewhere(event);
  });

  function whileTyping(event, field) {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!by || field.id !== "bib") return;
    event.preventDefault();
    does.step(by);
  }

  function elsewhere(event) {
    const onControl = event.target.closest?.("button, a, summary");
    const letter = letters[event.key.toLowerCase()];
    if (letter) {
      event.preventDefault();
      if (!event.repeat) letter();
    } else if (event.key in STEPS) {
      event.preventDefault();
      does.step(STEPS[event.key]);
    } else if (event.key in TURNS) {
      event.preventDefault();
      does.turn(TURNS[event.key]);
    } else if (event.key === "Enter" && !onControl) {
      event.preventDefault();
      if (!event.repeat) does.sendBib();
    } else if (/^[0-9]$/.test(event.key)) does.type(); // the digit itself goes into the field
  }
}
