// The search: bib or name, accents ignored. Everything it searches is in the page.
(function () {
  "use strict";
  const PLAIN = { ß: "ss", ø: "o", æ: "ae", œ: "oe", ł: "l", đ: "d", ð: "d", þ: "th", ı: "i" };
  const SPELT = { ä: "ae", ö: "oe", ü: "ue", ø: "oe", å: "aa" };

  const list = document.getElementById("runners");
  const query = document.getElementById("query");
  const form = document.getElementById("find");
  const count = document.getElementById("count");
  const nobody = document.getElementById("nobody");
  const rows = Array.from(list.children, (row) => {
    const link = row.querySelector("a");
    const text = row.querySelector(".who").textContent.toLowerCase().normalize("NFC");
    // Müller is found as Müller, Muller and Mueller, O'Neill as O'Neill and ONeill.
    const ways = [text, replaced(text, SPELT), text.replace(/['’]/g, "")];
    return { row, link, bib: plain(link.dataset.bib), names: ways.map((way) => spaced(plain(way))).join() };
  });
  const all = count.textContent;
  let first = null;

  function replaced(text, letters) {
    return text.replace(/[^ -~]/g, (letter) => letters[letter] || letter);
  }
  function plain(text) {
    const lower = replaced(text.toLowerCase().normalize("NFC"), PLAIN);
    return lower.normalize("NFD").replace(/\p{M}/gu, "");
  }
  function spaced(text) {
    return ` ${text.replace(/[^\p{L}\p{N}]+/gu, " ").trim()} `;
  }
  function found(runner, words) {
    return words.every(
      (word) => runner.bib.startsWith(word) || runner.names.includes(spaced(word).trimEnd()),
    );
  }
  // The runner with exactly this bib comes before those whose bib begins with it.
  function putFirst(runner) {
    if (first) list.insertBefore(first.row, rows[rows.indexOf(first) + 1]?.row ?? null);
    first = runner;
    if (first) list.prepend(first.row);
  }

  function find() {
    const text = plain(query.value).trim();
    const words = text.split(/\s+/).filter((word) => /[\p{L}\p{N}]/u.test(word));
    let n = 0;
    for (const runner of rows) {
      const shown = found(runner, words);
      runner.row.hidden = !shown;
      n += shown;
    }
    putFirst(rows.find((runner) => runner.bib === text) ?? null);
    count.textContent = n < rows.length ? `${n} of ${all}` : all;
    nobody.hidden = n > 0;
    if (!n && rows.length) {
      nobody.textContent = "Nobody with this bib or name is here. The cameras may not have read the bib.";
    }
  }

  form.hidden = !rows.length;
  query.addEventListener("input", find);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const best = Array.from(list.children).find((row) => !row.hidden);
    if (query.value.trim() && best) best.querySelector("a").click();
  });
  // A browser that comes back to the page fills the box in again.
  window.addEventListener("pageshow", find);
})();
