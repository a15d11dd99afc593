// Every text of the overlay, in one place for translators.

const WORDS = {
  en: {
    bib: (bib) => `Bib ${bib}`,
    token: "No token, or one that is not known: finishline access add obs --role feed",
    unreachable: "The race's computer does not answer.",
  },
  fr: {
    bib: (bib) => `Dossard ${bib}`,
    token: "Jeton absent ou inconnu : finishline access add obs --role feed",
    unreachable: "L’ordinateur de la course ne répond pas.",
  },
  de: {
    bib: (bib) => `Startnummer ${bib}`,
    token: "Kein Token oder ein unbekanntes: finishline access add obs --role feed",
    unreachable: "Der Rechner des Rennens antwortet nicht.",
  },
  it: {
    bib: (bib) => `Pettorale ${bib}`,
    token: "Token assente o sconosciuto: finishline access add obs --role feed",
    unreachable: "Il computer della gara non risponde.",
  },
};

/** The words in the language `asked` for, or the first of the reader's that there is. */
export function overlayWords(asked) {
  const wanted = [asked ?? "", ...navigator.languages].map((tag) => tag.slice(0, 2).toLowerCase());
  const language = wanted.find((tag) => tag in WORDS) ?? "en";
  return { words: WORDS[language], language };
}
