// Light or dark and the text size, set before the first paint so that nothing flashes.
(function () {
  "use strict";
  const root = document.documentElement;
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const SIZES = ["100", "120", "145"];

  // A browser that forbids storage still gets a page; it just forgets the choice.
  function recall(key) {
    try { return localStorage.getItem(key); } catch { return null; }
  }
  function remember(key, value) {
    try { localStorage.setItem(key, value); } catch { /* see above */ }
  }
  function apply() {
    const chosen = recall("theme");
    root.dataset.theme = chosen || (dark.matches ? "dark" : "light");
    root.dataset.size = SIZES.includes(recall("size")) ? recall("size") : SIZES[0];
  }

  apply();
  dark.addEventListener("change", apply);
  document.addEventListener("DOMContentLoaded", function () {
    document.getElementById("theme").addEventListener("click", function () {
      root.dataset.theme = root.dataset.theme === "dark" ? "light" : "dark";
      remember("theme", root.dataset.theme);
    });
    document.getElementById("text-size").addEventListener("click", function () {
      const next = (SIZES.indexOf(root.dataset.size) + 1) % SIZES.length;
      root.dataset.size = SIZES[next];
      remember("size", SIZES[next]);
    });
  });
})();
