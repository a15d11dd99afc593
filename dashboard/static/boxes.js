// Runners drawn over a picture: boxes, then bibs on top.

const COLOURS = { seen: "#ffc53d", confirmed: "#2ee581", corrected: "#74b9ff", none: "#ffffff" };
const MARKS = { seen: "?", confirmed: "✓", corrected: "✎" };

/** Draw `told.boxes`, in pixels of `told.width`, over the whole width of the pen's canvas. */
export function drawBoxes(pen, told, sharp) {
  const width = pen.canvas.width;
  const scale = width / told.width;
  // Unread runners first: names lie on top.
  const boxes = [...told.boxes].sort((a, b) => (a.bib !== null) - (b.bib !== null));
  for (const box of boxes) drawBox(pen, box, scale, sharp);
  for (const box of boxes) if (box.bib !== null) drawLabel(pen, box, scale, sharp, width);
}

function drawBox(pen, { box, bib, state }, scale, sharp) {
  const [x0, y0, x1, y1] = box.map((edge) => edge * scale);
  const line = (bib === null ? 2 : 3) * sharp;
  // A dark rim keeps the line visible on a white shirt in the sun.
  pen.setLineDash([]);
  pen.lineWidth = line + 2 * sharp;
  pen.strokeStyle = "rgb(0 0 0 / 55%)";
  pen.strokeRect(x0, y0, x1 - x0, y1 - y0);
  pen.setLineDash(state === "seen" ? [8 * sharp, 5 * sharp] : []);
  pen.lineWidth = line;
  pen.strokeStyle = COLOURS[bib === null ? "none" : state] ?? COLOURS.none;
  pen.strokeRect(x0, y0, x1 - x0, y1 - y0);
  pen.setLineDash([]);
}

function drawLabel(pen, { box, bib, state }, scale, sharp, width) {
  const size = Math.max(15, Math.min(26, width / sharp / 26)) * sharp;
  pen.font = `800 ${size}px system-ui, sans-serif`;
  pen.textBaseline = "middle";
  const text = `${MARKS[state] ?? ""} ${bib}`.trim();
  const room = pen.measureText(text).width + size * 0.7;
  const high = size * 1.35;
  const x = Math.min(Math.max(0, box[0] * scale - 1.5 * sharp), Math.max(0, width - room));
  const y = Math.max(0, box[1] * scale - high);
  pen.fillStyle = COLOURS[state] ?? COLOURS.none;
  pen.fillRect(x, y, room, high);
  pen.fillStyle = "#0b0f10";
  pen.fillText(text, x + size * 0.35, y + high * 0.54);
}
