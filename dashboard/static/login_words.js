// Every text of the login page, in one place for translators.

const WORDS = {
  en: {
    title: "Sign in",
    hint: "Scan the code that the race's operator shows you, or type the token.",
    token: "Token",
    go: "Sign in",
    wrong: "This token is not known here. Ask for a new one.",
    feed: "This token is for graphics only. Ask for one to look at the page.",
    wait: (seconds) => `Too many wrong tokens. Wait ${seconds} s.`,
    unreachable: "The race's computer does not answer. Are you in its network?",
  },
  fr: {
    title: "Se connecter",
    hint: "Scannez le code montré par l’opérateur de la course, ou saisissez le jeton.",
    token: "Jeton",
    go: "Se connecter",
    wrong: "Ce jeton est inconnu ici. Demandez-en un nouveau.",
    feed: "Ce jeton ne sert qu’aux habillages graphiques. Demandez-en un pour voir la page.",
    wait: (seconds) => `Trop de jetons erronés. Attendez ${seconds} s.`,
    unreachable: "L’ordinateur de la course ne répond pas. Êtes-vous sur son réseau ?",
  },
  de: {
    title: "Anmelden",
    hint: "Scannen Sie den Code der Rennleitung oder tippen Sie das Token ein.",
    token: "Token",
    go: "Anmelden",
    wrong: "Dieses Token ist hier nicht bekannt. Lassen Sie sich ein neues geben.",
    feed: "Dieses Token gilt nur für Grafiken. Lassen Sie sich eines für die Seite geben.",
    wait: (seconds) => `Zu viele falsche Token. Warten Sie ${seconds} s.`,
    unreachable: "Der Rechner des Rennens antwortet nicht. Sind Sie in seinem Netz?",
  },
  it: {
    title: "Accedi",
    hint: "Inquadra il codice mostrato dall’operatore della gara, o scrivi il token.",
    token: "Token",
    go: "Accedi",
    wrong: "Questo token non è conosciuto qui. Chiedine uno nuovo.",
    feed: "Questo token vale solo per la grafica. Chiedine uno per vedere la pagina.",
    wait: (seconds) => `Troppi token errati. Aspetta ${seconds} s.`,
    unreachable: "Il computer della gara non risponde. Sei nella sua rete?",
  },
};

/** The words in the first of the reader's languages that there is, and which one that is. */
export function loginWords() {
  const wanted = navigator.languages.map((tag) => tag.slice(0, 2).toLowerCase());
  const language = wanted.find((tag) => tag in WORDS) ?? "en";
  return { words: WORDS[language], language };
}
