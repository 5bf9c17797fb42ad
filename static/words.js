// The gateway's codes in the streamer's own words. A code of a newer gateway is shown as it is, so that
// an old page still says something true.

const STATES = {
  held: "held", queued: "waiting", playing: "playing", shown: "shown", skipped: "skipped",
  interrupted: "cut off", missed: "missed", rejected: "rejected", silent: "not shown",
};

/** One shape per state, on a 16 px grid, because colour never stands alone. */
export const SHAPES = {
  held: "M8 2a6 6 0 1 1 0 12A6 6 0 0 1 8 2zm0 1.75v8.5a4.25 4.25 0 0 0 0-8.5z",
  queued: "M8 1.5 14.5 8 8 14.5 1.5 8zm0 2.5L4 8l4 4 4-4z",
  playing: "M4 2.2v11.6L14 8z",
  shown: "M8 2a6 6 0 1 1 0 12A6 6 0 0 1 8 2z",
  skipped: "M2 3.2v9.6L8 8zM8 3.2v9.6L14 8z",
  interrupted: "M2 7h4v2H2zM10 7h4v2h-4zM7 3h2v10H7z",
  missed: "M8 2a6 6 0 1 1 0 12A6 6 0 0 1 8 2zm0 1.75a4.25 4.25 0 1 0 0 8.5 4.25 4.25 0 0 0 0-8.5z",
  rejected: "M4.1 2.7 8 6.6l3.9-3.9 1.4 1.4L9.4 8l3.9 3.9-1.4 1.4L8 9.4l-3.9 3.9-1.4-1.4L6.6 8 2.7 4.1z",
  silent: "M2.5 7h11v2h-11z",
  eye: "M8 3c3.3 0 5.9 2.1 7.2 5-1.3 2.9-3.9 5-7.2 5S2.1 10.9.8 8C2.1 5.1 4.7 3 8 3zm0 1.6C5.6 4.6 3.7 6 2.6 8c1.1 2 3 3.4 5.4 3.4s4.3-1.4 5.4-3.4C12.3 6 10.4 4.6 8 4.6zM8 6a2 2 0 1 1 0 4 2 2 0 0 1 0-4z",
  warning: "M8 1.8 15 14H1zm0 3L3.6 12.5h8.8zM7.25 7h1.5v2.8h-1.5zm0 3.5h1.5v1.3h-1.5z",
  handle: "M5 2h2v2H5zM9 2h2v2H9zM5 7h2v2H5zM9 7h2v2H9zM5 12h2v2H5zM9 12h2v2H9z",
};

const REASONS = {
  nobody_present: "no overlay was there to show it",
  never_started: "the overlay never started it",
  too_late: "the payment arrived too late",
  test_expired: "nothing could show it within 30 s",
  not_decided: "nobody decided within 24 h",
  overlay_gone: "the overlay went away while it played",
  failed: "the overlay could not draw it",
  cleared: "the queue was cleared",
  panic: "panic was pressed",
  refunded: "refunded before it played",
  rule: "a rule says not to show it",
  buyer_limit: "more than one buyer may have in a minute",
};

const WAITING = {
  present: "No overlay is connected.",
  active: "OBS says the source is not active. Switch to a scene that has it.",
  live: "Waiting until you are live.",
  paused: "Paused.",
};

const STEPS = {
  received: "received", verified: "verified", stored: "stored", queued: "in the queue",
  rule: "decided by rule", sent: "sent to the overlay", started: "started on the overlay", finished: "finished on the overlay",
};

const plain = (code) => code.replaceAll("_", " ");

export const stateWord = (state) => STATES[state] ?? plain(state);
export const reasonWord = (reason) => REASONS[reason] ?? plain(reason);
export const waitingWord = (waiting) => WAITING[waiting] ?? `Waiting: ${plain(waiting)}.`;
export const stepWord = (step) => STEPS[step] ?? STATES[step] ?? plain(step);

/** A step's detail with the ids in it short: "by con_…de53f2fa". */
export const stepDetail = (detail) => detail.replace(/\b([a-z]{2,3}_)[0-9a-f]{24}([0-9a-f]{8})\b/g, "$1…$2");

/** "1 connection", "2 connections". */
export const count = (number, noun) => `${number} ${noun}${number === 1 ? "" : "s"}`;

/** Who an alert is from; of late orders on one card, when they came, and of those of a rush, how many they are. */
export function from({ kind, members, buyer }) {
  if (kind === "digest") return "While you were away";
  return kind === "combo" ? count(members.length, "order") : buyer.name;
}

/** What was bought: "Hoodie (L) ×2, Sticker"; for a sale without items, what kind it is. */
export function goods(alert) {
  if (alert.kind === "digest") return count(alert.members.length, "order");
  if (!alert.items?.length) return { tip: "Tip", subscription: "Subscription", renewal: "Renewal" }[alert.kind] ?? "Sale";
  return alert.items
    .map(({ name, variant, quantity }) => name + (variant ? ` (${variant})` : "") + (quantity > 1 ? ` ×${quantity}` : ""))
    .join(", ");
}

/** What is known about the showing: "shown 20:14:07 · OBS live · source active · sound started · 6.0 s". */
export function proofLine(alert) {
  const { proof, reason, state } = alert;
  if (!proof) return reason && reason !== state ? reasonWord(reason) : "";
  const lasted = proof.finished ? Date.parse(proof.finished) - Date.parse(proof.started) : 0;
  return [
    state !== "shown" && reason && reason !== state && reasonWord(reason),
    `${state === "shown" ? "shown" : "started"} ${clock(proof.started)}`,
    state === "shown" && proof.by === "started" && "its start was seen, not its end",
    proof.streaming === true && "OBS live",
    proof.streaming === false && "OBS not live",
    proof.active === true && "source active",
    proof.active === false && "source not active",
    proof.audio === true && "sound started",
    proof.audio === false && "no sound",
    lasted > 0 && span(lasted),
  ].filter(Boolean).join(" · ");
}

/** What draws a page: "OBS 32.2", or a browser. */
export const obsWord = (obs) => obs ? `OBS ${obs.split(".").slice(0, 2).join(".")}` : "a browser";

/** Amounts added up, one text for each currency: "€412.40". Exact, because only whole minor units are added. */
export function sumOf(amounts) {
  const sums = new Map();
  for (const { minor, currency, decimal } of amounts) {
    const { total = 0n, digits } = sums.get(currency) ?? { digits: decimal.split(".")[1]?.length ?? 0 };
    sums.set(currency, { total: total + BigInt(minor), digits });
  }
  return [...sums].map(([currency, { total, digits }]) => {
    const text = String(total).padStart(digits + 1, "0");
    const decimal = digits ? `${text.slice(0, -digits)}.${text.slice(-digits)}` : text;
    // Given as a text, the number is never a float.
    return new Intl.NumberFormat("en", { style: "currency", currency, currencyDisplay: "narrowSymbol" }).format(decimal);
  });
}

/** How long ago that was, in one unit: "just now", "4 min ago", "3 h ago", "2 days ago". */
export function ago(time) {
  const minutes = Math.floor((Date.now() - Date.parse(time)) / 60_000);
  if (minutes < 1) return "just now";
  if (minutes < 60) return `${minutes} min ago`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h ago` : `${count(Math.floor(hours / 24), "day")} ago`;
}

/** A time of the wall clock: "20:14:07". */
export const clock = (time) => new Date(time).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });

/** The day of a time as a heading: "Today", "Yesterday", "Monday, 5 January". */
export function day(time) {
  const date = new Date(time);
  const today = new Date();
  if (date.toDateString() === today.toDateString()) return "Today";
  today.setDate(today.getDate() - 1);
  if (date.toDateString() === today.toDateString()) return "Yesterday";
  return date.toLocaleDateString("en-GB", { weekday: "long", day: "numeric", month: "long" });
}

/** A span of milliseconds: "4 ms", "6.2 s", "3 min". */
export function span(ms) {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  return ms < 60_000 ? `${(ms / 1000).toFixed(1)} s` : `${Math.round(ms / 60_000)} min`;
}
