// Moments in the viewer's own time. Without this script they stand in UTC, and say so.
(function () {
  "use strict";
  const clock = { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" };
  const day = { day: "numeric", month: "long", year: "numeric" };
  const zone = { timeZoneName: "short" };
  const texts = new Map();

  function textOf(moment, kind) {
    if (!texts.has(kind)) {
      const parts = kind === "full" ? { ...day, ...clock, ...zone } : clock;
      texts.set(kind, new Intl.DateTimeFormat("en-GB", { ...parts, fractionalSecondDigits: 1 }));
    }
    return texts.get(kind).format(moment);
  }

  for (const time of document.querySelectorAll("time[data-moment]")) {
    time.title = `${time.dateTime} (UTC)`;
    time.textContent = textOf(new Date(time.dateTime), time.dataset.moment);
  }
  for (const name of document.querySelectorAll("[data-zone]")) {
    const first = document.querySelector("time[data-moment]");
    const named = new Intl.DateTimeFormat("en-GB", zone)
      .formatToParts(first ? new Date(first.dateTime) : new Date())
      .find((part) => part.type === "timeZoneName");
    if (named) name.textContent = named.value;
  }
})();
