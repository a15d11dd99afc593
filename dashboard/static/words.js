// Every text of the page, in one place for translators: one block for each language, all with
// the same keys. A text with a number or a name in it is a function. `static` are the texts of
// index.html, by their data-words attributes.

import { LANGUAGE } from "./language.js";

const en = {
  static: {
    skip: "Skip to the runners",
    corrections: "Corrections",
    language: "Language",
    textSize: "Text size",
    theme: "Light or dark",
    latest: "Latest confirmed runner",
    side: "Cameras and counts",
    inView: "In view",
    confirmed: "Confirmed",
    unread: "Not read",
    runners: "Runners",
    which: "Which runners to show",
    tagged: "With bib",
    order: "Order",
    newest: "Newest first",
    next: "Next to cross first",
    marks: "What the marks mean",
    arriving: "About to arrive",
    nobody: "Nobody just now",
    favourites: "Favourite in view",
    follow: "Bibs to follow",
    followHint: "Separate bibs with commas. Only this browser knows them.",
  },
  line: {
    connecting: "Connecting",
    live: "Live",
    waiting: (seconds) => `Trying again in ${seconds} s`,
    lost: "Not connected",
  },
  outdated: "Not connected to the race. What you see may be out of date; it catches up by itself.",
  full: "As many pages are open as this computer may serve. It tries again by itself.",
  signIn: { text: "You are signed out.", go: "Sign in" },
  state: { seen: "Seen", confirmed: "Confirmed", corrected: "Corrected" },
  check: "Check",
  tentative: "not yet confirmed",
  unread: "No bib read",
  unreadInView: "In view, bib not read yet",
  unlisted: "Not on the start list",
  conflict: "Another runner has this bib too",
  inView: "In view",
  latest: "Latest confirmed",
  wave: (wave) => `Wave ${wave}`,
  group: (n, time) => `Group of ${n}, ${time}`,
  follow: (bib) => `Follow bib ${bib}`,
  following: (n) => (n ? `Favourites (${n})` : "Favourites"),
  ago: (seconds) => `${seconds} s ago`,
  seenAt: "Seen",
  crossedAt: "Crossed",
  camera: "Camera",
  sure: "Certainty",
  sureHint: (votes) => (votes ? `${votes} readings agree` : "Probability of this bib"),
  clock: {
    rtcp: "On the camera's own clock",
    file: "On the clock of the file",
    fitted: "Camera time fitted to this computer's clock",
    arrival: "Time of arrival: the camera gives no clock, the true moment is a little earlier",
  },
  evidence: (bib) => (bib ? `The picture that decided bib ${bib}` : "The runner's picture"),
  noPicture: "No picture yet",
  stale: (seconds) => `Picture is ${seconds} s old`,
  ended: "No more pictures: this camera has ended",
  badPicture: "The picture could not be shown",
  video: {
    show: "Live video",
    failed: (reason) => `No live video: ${reason}`,
    refused: (status) => `the server answered ${status}`,
    unreachable: "the server cannot be reached",
    silent: "no picture came; a firewall may keep UDP from this device",
    still: "the camera has sent nothing for a while",
    lost: "the connection was lost",
  },
  cameraState: {
    opening: "opening",
    playing: "playing",
    ended: "ended",
    closed: "closed",
    reconnecting: (seconds, why) => `reconnecting in ${seconds} s: ${why}`,
    recording: "recording",
    keyFrame: "waiting for a key frame",
    recordingStopped: (why) => `recording stopped: ${why}`,
    notRecorded: (why) => `not recorded: ${why}`,
  },
  fps: (fps) => `${fps} frames/s`,
  dropped: (n) => `${n} dropped`,
  lost: (n) => `${n} packets lost`,
  disk: {
    tight: (room) => `The disk gets tight: ${room} are left for video. Free some space.`,
    full: (free) => `Recording has stopped: ${free} are left on the disk. Tagging goes on. `
      + "Free some space; recording goes on by itself.",
  },
  setUp: {
    small: (px, needed) => `Bib numbers are ${px} px tall at their nearest, reading wants ${needed}: `
      + "zoom in or move the camera nearer.",
    blurred: "Bib numbers are blurred: shorten the exposure, or focus on the line.",
  },
  older: (n) => `The newest ${n} runners are shown.`,
  hidePictures: "Hide pictures",
  showPictures: "Show pictures",
  announce: (bib, name) => (name ? `Bib ${bib}, ${name}` : `Bib ${bib}`),
  empty: {
    tagged: {
      title: "Waiting for the first runner",
      text: "As soon as a runner comes into view, the bib appears here: at first as seen, "
        + "and as confirmed when readings from more than one frame agree.",
    },
    confirmed: {
      title: "No one is confirmed yet",
      text: "A bib is confirmed when readings from more than one frame agree.",
    },
    unread: {
      title: "No one without a bib",
      text: "Runners who leave the picture before their bib could be read are listed here.",
    },
  },
  legend: {
    seen: "One look supports this bib. Wait before you say the name aloud.",
    confirmed: "Several looks from different frames agree.",
    corrected: "A person set this bib.",
    warning: "Not on the start list, or claimed by two runners at once.",
  },
};

const fr = {
  static: {
    skip: "Aller aux coureurs",
    corrections: "Corrections",
    language: "Langue",
    textSize: "Taille du texte",
    theme: "Clair ou sombre",
    latest: "Dernier coureur confirmé",
    side: "Caméras et totaux",
    inView: "À l’image",
    confirmed: "Confirmés",
    unread: "Non lus",
    runners: "Coureurs",
    which: "Coureurs à afficher",
    tagged: "Avec dossard",
    order: "Ordre",
    newest: "Derniers vus d’abord",
    next: "Prochains d’abord",
    marks: "Signification des marques",
    arriving: "Sur le point d’arriver",
    nobody: "Personne pour le moment",
    favourites: "Favori à l’image",
    follow: "Dossards à suivre",
    followHint: "Séparez les dossards par des virgules. Seul ce navigateur les connaît.",
  },
  line: {
    connecting: "Connexion",
    live: "En direct",
    waiting: (seconds) => `Nouvel essai dans ${seconds} s`,
    lost: "Non connecté",
  },
  outdated: "Pas de connexion à la course. L’affichage n’est peut-être plus à jour ; "
    + "il se rattrapera de lui-même.",
  full: "Le nombre maximal de pages est ouvert sur cet ordinateur. Nouvel essai automatique.",
  signIn: { text: "Vous êtes déconnecté.", go: "Se connecter" },
  state: { seen: "Vu", confirmed: "Confirmé", corrected: "Corrigé" },
  check: "À vérifier",
  tentative: "pas encore confirmé",
  unread: "Dossard non lu",
  unreadInView: "À l’image, dossard pas encore lu",
  unlisted: "Absent de la liste de départ",
  conflict: "Un autre coureur a aussi ce dossard",
  inView: "À l’image",
  latest: "Dernier confirmé",
  wave: (wave) => `Vague ${wave}`,
  group: (n, time) => `Groupe de ${n}, ${time}`,
  follow: (bib) => `Suivre le dossard ${bib}`,
  following: (n) => (n ? `Favoris (${n})` : "Favoris"),
  ago: (seconds) => `il y a ${seconds} s`,
  seenAt: "Vu",
  crossedAt: "Arrivée",
  camera: "Caméra",
  sure: "Certitude",
  sureHint: (votes) => (votes ? `${votes} lectures concordent` : "Probabilité de ce dossard"),
  clock: {
    rtcp: "À l’horloge de la caméra",
    file: "À l’horloge du fichier",
    fitted: "Heure de la caméra calée sur l’horloge de cet ordinateur",
    arrival: "Heure de réception : la caméra ne donne pas d’heure, "
      + "le vrai moment est un peu plus tôt",
  },
  evidence: (bib) => (bib ? `L’image qui a décidé du dossard ${bib}` : "L’image du coureur"),
  noPicture: "Pas encore d’image",
  stale: (seconds) => `Image vieille de ${seconds} s`,
  ended: "Plus d’images : cette caméra a terminé",
  badPicture: "L’image n’a pas pu être affichée",
  video: {
    show: "Vidéo en direct",
    failed: (reason) => `Pas de vidéo en direct : ${reason}`,
    refused: (status) => `le serveur a répondu ${status}`,
    unreachable: "le serveur est injoignable",
    silent: "aucune image reçue ; un pare-feu bloque peut-être UDP vers cet appareil",
    still: "la caméra n’envoie plus rien depuis un moment",
    lost: "la connexion a été perdue",
  },
  cameraState: {
    opening: "ouverture",
    playing: "en marche",
    ended: "terminée",
    closed: "fermée",
    reconnecting: (seconds, why) => `reconnexion dans ${seconds} s : ${why}`,
    recording: "enregistrement",
    keyFrame: "attente d’une image clé",
    recordingStopped: (why) => `enregistrement arrêté : ${why}`,
    notRecorded: (why) => `pas enregistré : ${why}`,
  },
  fps: (fps) => `${fps} images/s`,
  dropped: (n) => `${n} sautées`,
  lost: (n) => `${n} paquets perdus`,
  disk: {
    tight: (room) => `Le disque se remplit : il reste ${room} pour la vidéo. Libérez de la place.`,
    full: (free) => `L’enregistrement est arrêté : il reste ${free} sur le disque. La lecture des `
      + "dossards continue. Libérez de la place ; l’enregistrement reprendra de lui-même.",
  },
  setUp: {
    small: (px, needed) => `Les dossards font au plus ${px} px de haut, la lecture en demande `
      + `${needed} : zoomez ou rapprochez la caméra.`,
    blurred: "Les dossards sont flous : réduisez le temps de pose ou faites la mise au point "
      + "sur la ligne.",
  },
  older: (n) => `Les ${n} derniers coureurs sont affichés.`,
  hidePictures: "Masquer les images",
  showPictures: "Afficher les images",
  announce: (bib, name) => (name ? `Dossard ${bib}, ${name}` : `Dossard ${bib}`),
  empty: {
    tagged: {
      title: "En attente du premier coureur",
      text: "Dès qu’un coureur entre dans l’image, son dossard apparaît ici : d’abord comme vu, "
        + "puis comme confirmé quand les lectures de plusieurs images concordent.",
    },
    confirmed: {
      title: "Personne n’est encore confirmé",
      text: "Un dossard est confirmé quand les lectures de plusieurs images concordent.",
    },
    unread: {
      title: "Personne sans dossard",
      text: "Les coureurs sortis de l’image avant la lecture de leur dossard sont listés ici.",
    },
  },
  legend: {
    seen: "Une seule lecture indique ce dossard. Attendez avant d’annoncer le nom.",
    confirmed: "Plusieurs lectures d’images différentes concordent.",
    corrected: "Une personne a fixé ce dossard.",
    warning: "Absent de la liste de départ, ou porté par deux coureurs à la fois.",
  },
};

const de = {
  static: {
    skip: "Zu den Läufern",
    corrections: "Korrekturen",
    language: "Sprache",
    textSize: "Textgröße",
    theme: "Hell oder dunkel",
    latest: "Zuletzt bestätigt",
    side: "Kameras und Zahlen",
    inView: "Im Bild",
    confirmed: "Bestätigt",
    unread: "Ungelesen",
    runners: "Läufer",
    which: "Welche Läufer gezeigt werden",
    tagged: "Mit Nummer",
    order: "Reihenfolge",
    newest: "Neueste zuerst",
    next: "Nächste zuerst",
    marks: "Was die Zeichen bedeuten",
    arriving: "Gleich im Ziel",
    nobody: "Gerade niemand",
    favourites: "Favorit im Bild",
    follow: "Startnummern, denen Sie folgen",
    followHint: "Nummern mit Komma trennen. Nur dieser Browser kennt sie.",
  },
  line: {
    connecting: "Verbindet",
    live: "Live",
    waiting: (seconds) => `Neuer Versuch in ${seconds} s`,
    lost: "Nicht verbunden",
  },
  outdated: "Keine Verbindung zum Rennen. Was Sie sehen, ist vielleicht veraltet; "
    + "die Seite holt von selbst auf.",
  full: "Es sind so viele Seiten offen, wie dieser Rechner bedienen darf. "
    + "Die Seite versucht es von selbst wieder.",
  signIn: { text: "Sie sind abgemeldet.", go: "Anmelden" },
  state: { seen: "Gesehen", confirmed: "Bestätigt", corrected: "Korrigiert" },
  check: "Prüfen",
  tentative: "noch nicht bestätigt",
  unread: "Nummer nicht gelesen",
  unreadInView: "Im Bild, Nummer noch nicht gelesen",
  unlisted: "Nicht auf der Startliste",
  conflict: "Noch jemand hat diese Startnummer",
  inView: "Im Bild",
  latest: "Zuletzt bestätigt",
  wave: (wave) => `Welle ${wave}`,
  group: (n, time) => `Gruppe von ${n}, ${time}`,
  follow: (bib) => `Nummer ${bib} folgen`,
  following: (n) => (n ? `Favoriten (${n})` : "Favoriten"),
  ago: (seconds) => `vor ${seconds} s`,
  seenAt: "Gesehen",
  crossedAt: "Im Ziel",
  camera: "Kamera",
  sure: "Sicherheit",
  sureHint: (votes) => (votes ? `${votes} Lesungen stimmen überein`
    : "Wahrscheinlichkeit dieser Nummer"),
  clock: {
    rtcp: "Nach der Uhr der Kamera",
    file: "Nach der Uhr der Datei",
    fitted: "Kamerazeit, an die Uhr dieses Rechners angepasst",
    arrival: "Zeit des Eintreffens: Die Kamera gibt keine Uhrzeit, "
      + "der wahre Moment liegt etwas früher",
  },
  evidence: (bib) => (bib ? `Das Bild, das über Nummer ${bib} entschied` : "Das Bild des Läufers"),
  noPicture: "Noch kein Bild",
  stale: (seconds) => `Bild ist ${seconds} s alt`,
  ended: "Keine Bilder mehr: Diese Kamera ist zu Ende",
  badPicture: "Das Bild ließ sich nicht anzeigen",
  video: {
    show: "Live-Video",
    failed: (reason) => `Kein Live-Video: ${reason}`,
    refused: (status) => `der Server antwortete ${status}`,
    unreachable: "der Server ist nicht erreichbar",
    silent: "es kam kein Bild; vielleicht hält eine Firewall UDP von diesem Gerät ab",
    still: "die Kamera sendet seit einer Weile nichts",
    lost: "die Verbindung ging verloren",
  },
  cameraState: {
    opening: "öffnet",
    playing: "läuft",
    ended: "zu Ende",
    closed: "geschlossen",
    reconnecting: (seconds, why) => `verbindet in ${seconds} s neu: ${why}`,
    recording: "nimmt auf",
    keyFrame: "wartet auf ein Schlüsselbild",
    recordingStopped: (why) => `Aufnahme angehalten: ${why}`,
    notRecorded: (why) => `nicht aufgenommen: ${why}`,
  },
  fps: (fps) => `${fps} Bilder/s`,
  dropped: (n) => `${n} ausgelassen`,
  lost: (n) => `${n} Pakete verloren`,
  disk: {
    tight: (room) => `Der Platz wird knapp: ${room} sind noch für Video frei. `
      + "Bitte Platz schaffen.",
    full: (free) => `Die Aufnahme ist angehalten: ${free} sind noch frei. Nummern werden weiter `
      + "gelesen. Bitte Platz schaffen; die Aufnahme geht dann von selbst weiter.",
  },
  setUp: {
    small: (px, needed) => `Startnummern sind höchstens ${px} px hoch, zum Lesen braucht es `
      + `${needed}: heranzoomen oder die Kamera näher aufstellen.`,
    blurred: "Startnummern sind unscharf: kürzer belichten oder auf die Linie scharfstellen.",
  },
  older: (n) => `Die neuesten ${n} Läufer werden gezeigt.`,
  hidePictures: "Bilder ausblenden",
  showPictures: "Bilder einblenden",
  announce: (bib, name) => (name ? `Nummer ${bib}, ${name}` : `Nummer ${bib}`),
  empty: {
    tagged: {
      title: "Warten auf den ersten Läufer",
      text: "Sobald ein Läufer ins Bild kommt, erscheint hier die Startnummer: zuerst als gesehen "
        + "und als bestätigt, wenn Lesungen aus mehreren Bildern übereinstimmen.",
    },
    confirmed: {
      title: "Noch niemand ist bestätigt",
      text: "Eine Nummer ist bestätigt, wenn Lesungen aus mehreren Bildern übereinstimmen.",
    },
    unread: {
      title: "Niemand ohne Nummer",
      text: "Hier stehen Läufer, die das Bild verließen, ehe ihre Nummer gelesen werden konnte.",
    },
  },
  legend: {
    seen: "Eine Lesung spricht für diese Nummer. Den Namen besser noch nicht ansagen.",
    confirmed: "Mehrere Lesungen aus verschiedenen Bildern stimmen überein.",
    corrected: "Ein Mensch hat diese Nummer gesetzt.",
    warning: "Nicht auf der Startliste oder von zwei Läufern zugleich getragen.",
  },
};

const it = {
  static: {
    skip: "Vai ai corridori",
    corrections: "Correzioni",
    language: "Lingua",
    textSize: "Dimensione del testo",
    theme: "Chiaro o scuro",
    latest: "Ultimo corridore confermato",
    side: "Telecamere e totali",
    inView: "In vista",
    confirmed: "Confermati",
    unread: "Non letti",
    runners: "Corridori",
    which: "Corridori da mostrare",
    tagged: "Con pettorale",
    order: "Ordine",
    newest: "Prima i più recenti",
    next: "Prima i prossimi",
    marks: "Che cosa indicano i segni",
    arriving: "In arrivo",
    nobody: "Nessuno al momento",
    favourites: "Preferito in vista",
    follow: "Pettorali da seguire",
    followHint: "Separare i pettorali con virgole. Li conosce solo questo browser.",
  },
  line: {
    connecting: "Connessione",
    live: "In diretta",
    waiting: (seconds) => `Nuovo tentativo tra ${seconds} s`,
    lost: "Non connesso",
  },
  outdated: "Nessuna connessione alla gara. Quanto si vede può non essere aggiornato; "
    + "la pagina recupera da sola.",
  full: "È aperto il numero massimo di pagine per questo computer. La pagina riprova da sola.",
  signIn: { text: "La sessione è chiusa.", go: "Accedi" },
  state: { seen: "Visto", confirmed: "Confermato", corrected: "Corretto" },
  check: "Da verificare",
  tentative: "non ancora confermato",
  unread: "Pettorale non letto",
  unreadInView: "In vista, pettorale non ancora letto",
  unlisted: "Non è nella lista di partenza",
  conflict: "Anche un altro corridore ha questo pettorale",
  inView: "In vista",
  latest: "Ultimo confermato",
  wave: (wave) => `Onda ${wave}`,
  group: (n, time) => `Gruppo di ${n}, ${time}`,
  follow: (bib) => `Segui il pettorale ${bib}`,
  following: (n) => (n ? `Preferiti (${n})` : "Preferiti"),
  ago: (seconds) => `${seconds} s fa`,
  seenAt: "Visto",
  crossedAt: "Arrivo",
  camera: "Telecamera",
  sure: "Certezza",
  sureHint: (votes) => (votes ? `${votes} letture concordano` : "Probabilità di questo pettorale"),
  clock: {
    rtcp: "Secondo l’orologio della telecamera",
    file: "Secondo l’orologio del file",
    fitted: "Ora della telecamera adattata all’orologio di questo computer",
    arrival: "Ora di ricezione: la telecamera non dà l’ora, il momento vero è poco prima",
  },
  evidence: (bib) => (bib ? `L’immagine che ha deciso il pettorale ${bib}`
    : "L’immagine del corridore"),
  noPicture: "Ancora nessuna immagine",
  stale: (seconds) => `Immagine di ${seconds} s fa`,
  ended: "Niente più immagini: questa telecamera ha finito",
  badPicture: "Impossibile mostrare l’immagine",
  video: {
    show: "Video in diretta",
    failed: (reason) => `Nessun video in diretta: ${reason}`,
    refused: (status) => `il server ha risposto ${status}`,
    unreachable: "il server non è raggiungibile",
    silent: "nessuna immagine ricevuta; forse un firewall blocca UDP verso questo dispositivo",
    still: "la telecamera non invia nulla da un po’",
    lost: "la connessione è caduta",
  },
  cameraState: {
    opening: "in apertura",
    playing: "in funzione",
    ended: "finita",
    closed: "chiusa",
    reconnecting: (seconds, why) => `nuova connessione tra ${seconds} s: ${why}`,
    recording: "registra",
    keyFrame: "in attesa di un fotogramma chiave",
    recordingStopped: (why) => `registrazione ferma: ${why}`,
    notRecorded: (why) => `non registrata: ${why}`,
  },
  fps: (fps) => `${fps} immagini/s`,
  dropped: (n) => `${n} saltate`,
  lost: (n) => `${n} pacchetti persi`,
  disk: {
    tight: (room) => `Il disco si riempie: restano ${room} per il video. Liberare spazio.`,
    full: (free) => `La registrazione è ferma: restano ${free} sul disco. La lettura dei pettorali `
      + "continua. Liberare spazio; la registrazione riprende da sola.",
  },
  setUp: {
    small: (px, needed) => `I pettorali sono alti al massimo ${px} px, per leggerli ne servono `
      + `${needed}: zoomare o avvicinare la telecamera.`,
    blurred: "I pettorali sono sfocati: ridurre l’esposizione o mettere a fuoco la linea.",
  },
  older: (n) => `Sono mostrati gli ultimi ${n} corridori.`,
  hidePictures: "Nascondi immagini",
  showPictures: "Mostra immagini",
  announce: (bib, name) => (name ? `Pettorale ${bib}, ${name}` : `Pettorale ${bib}`),
  empty: {
    tagged: {
      title: "In attesa del primo corridore",
      text: "Appena un corridore entra in vista, il pettorale appare qui: prima come visto, "
        + "poi come confermato quando le letture di più immagini concordano.",
    },
    confirmed: {
      title: "Nessuno è ancora confermato",
      text: "Un pettorale è confermato quando le letture di più immagini concordano.",
    },
    unread: {
      title: "Nessuno senza pettorale",
      text: "Qui ci sono i corridori usciti di vista prima che si leggesse il pettorale.",
    },
  },
  legend: {
    seen: "Una sola lettura indica questo pettorale. Aspettare prima di annunciare il nome.",
    confirmed: "Più letture di immagini diverse concordano.",
    corrected: "Una persona ha stabilito questo pettorale.",
    warning: "Non è nella lista di partenza, o lo portano due corridori insieme.",
  },
};

export const ALL_WORDS = { en, fr, de, it };

export const WORDS = ALL_WORDS[LANGUAGE];

/** Fill in the texts of a page: data-words, data-words-label and data-words-title name them. */
export function fillIn(page) {
  page.documentElement.lang = LANGUAGE;
  for (const element of page.querySelectorAll("[data-words]")) {
    element.textContent = WORDS.static[element.dataset.words];
  }
  for (const element of page.querySelectorAll("[data-words-label]")) {
    element.setAttribute("aria-label", WORDS.static[element.dataset.wordsLabel]);
  }
  for (const element of page.querySelectorAll("[data-words-title]")) {
    element.title = WORDS.static[element.dataset.wordsTitle];
  }
}
