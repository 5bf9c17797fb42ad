// Lengths of time: the gateway writes "90s", "15m", "1h", "3d"; people choose a number and a unit.

const UNITS = { ms: 0.001, s: 1, m: 60, h: 3600, d: 86_400 };

/** "15m" -> 900; null if it is none. */
export function seconds(text) {
  const [, amount, unit] = /^(\d+)(ms|s|m|h|d)$/.exec(text ?? "") ?? [];
  return unit ? Number(amount) * UNITS[unit] : null;
}

const WORDS = { s: "second", m: "minute", h: "hour", d: "day" };

/** "15m" -> "15 minutes". */
export function lengthWords(text) {
  const [, amount, unit] = /^(\d+)(s|m|h|d)$/.exec(text ?? "") ?? [];
  return unit ? `${amount} ${WORDS[unit]}${amount === "1" ? "" : "s"}` : String(text);
}
