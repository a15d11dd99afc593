// Small builders for the page. Texts go in as text, never as markup.

const SVG = "http://www.w3.org/2000/svg";

export function el(tag, className = "", text = null) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text !== null) element.textContent = text;
  return element;
}

/** One of the symbols of index.html. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `#i-${name}`);
  svg.append(use);
  return svg;
}

/** Change a text only where it differs, so that screen readers and selections rest. */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
