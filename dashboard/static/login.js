// Changes a token, from the address or typed, for a session.

import { LANGUAGE } from "./language.js";
import { LOGIN, refusalText } from "./words.js";

const $ = (id) => document.getElementById(id);

function fromAddress() {
  const token = new URLSearchParams(window.location.hash.slice(1)).get("token");
  // Neither the history nor a look over the shoulder shall tell it.
  window.history.replaceState(null, "", "/login");
  return token;
}

function fault(text) {
  $("fault").textContent = text;
  $("form").hidden = false;
  $("go").disabled = false;
  $("token").focus();
}

async function signIn(token) {
  $("go").disabled = true;
  $("fault").textContent = "";
  let answer;
  try {
    answer = await fetch("/api/login", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ token }),
    });
  } catch {
    fault(LOGIN.unreachable);
    return;
  }
  const told = answer.ok ? {} : await answer.json().catch(() => ({}));
  // A race without tokens lets everybody in who can reach it.
  if (answer.ok || told.code === "no_token_needed") window.location.replace("/");
  else fault(refusalText(told) ?? told.detail ?? LOGIN.refused(answer.status));
}

document.documentElement.lang = LANGUAGE;
document.title = `${LOGIN.title} – finishline`;
$("title").textContent = LOGIN.title;
$("hint").textContent = LOGIN.hint;
$("label").textContent = LOGIN.token;
$("go").textContent = LOGIN.go;
$("form").addEventListener("submit", (event) => {
  event.preventDefault();
  signIn($("token").value.trim());
});

const told = fromAddress();
if (told) signIn(told);
else {
  $("form").hidden = false;
  $("token").focus();
}
// Scanning another code while this page is open changes only what stands behind the #.
window.addEventListener("hashchange", () => {
  const token = fromAddress();
  if (token) signIn(token);
});
