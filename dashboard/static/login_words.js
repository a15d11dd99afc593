// Every text of the login page, in one place for translators. What the server refuses is
// told in refusal_words.js.

import { LANGUAGE } from "./language.js";

const WORDS = {
  en: {
    title: "Sign in",
    hint: "Scan the code that the race's operator shows you, or type the token.",
    token: "Token",
    go: "Sign in",
    unreachable: "The race's computer does not answer. Are you in its network?",
    refused: (status) => `The race’s computer refused: ${status}.`,
  },
  fr: {
    title: "Se connecter",
    hint: "Scannez le code montré par l’opérateur de la course, ou saisissez le jeton.",
    token: "Jeton",
    go: "Se connecter",
    unreachable: "L’ordinateur de la course ne répond pas. Êtes-vous sur son réseau ?",
    refused: (status) => `L’ordinateur de la course a refusé : ${status}.`,
  },
  de: {
    title: "Anmelden",
    hint: "Scannen Sie den Code der Rennleitung oder tippen Sie das Token ein.",
    token: "Token",
    go: "Anmelden",
    unreachable: "Der Rechner des Rennens antwortet nicht. Sind Sie in seinem Netz?",
    refused: (status) => `Der Rechner des Rennens hat abgelehnt: ${status}.`,
  },
  it: {
    title: "Accedi",
    hint: "Inquadra il codice mostrato dall’operatore della gara, o scrivi il token.",
    token: "Token",
    go: "Accedi",
    unreachable: "Il computer della gara non risponde. Sei nella sua rete?",
    refused: (status) => `Il computer della gara ha rifiutato: ${status}.`,
  },
};

/** The words in the page's language, and which one that is. */
export function loginWords() {
  return { words: WORDS[LANGUAGE], language: LANGUAGE };
}
