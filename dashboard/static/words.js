// Every text of the page that a program writes, in one place for translators.

export const WORDS = {
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
