// Money between what people write and what the gateway keeps: whole minor units, never a fraction.

// How many decimals a currency has at Stripe; two where nothing is said (docs.stripe.com/currencies).
const NONE = ["bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga", "pyg", "rwf", "vnd", "vuv", "xaf", "xof", "xpf"];
const THREE = ["bhd", "jod", "kwd", "omr", "tnd"];
const LARGEST = 99_999_999; // what Stripe charges at most, in minor units

/** Those offered by name; any other can be set by command. */
export const CURRENCIES = "usd eur gbp jpy cad aud brl chf czk dkk inr krw mxn nok nzd pln sek sgd try uah".split(" ");

function decimals(currency) {
  const code = currency.toLowerCase();
  if (NONE.includes(code)) return 0;
  return THREE.includes(code) ? 3 : 2;
}

/** "25.9" or "25,90" -> 2590; null if it is no amount of that currency. */
export function minorOf(text, currency) {
  const [, whole, part = ""] = /^\s*(\d+)(?:[.,](\d+))?\s*$/.exec(text) ?? [];
  const places = decimals(currency);
  if (whole === undefined || part.length > places) return null;
  const minor = Number(whole + part.padEnd(places, "0"));
  return minor <= LARGEST ? minor : null;
}

/** 2590 -> "25.90", as it stands in a field. */
export function plainAmount(minor, currency) {
  const places = decimals(currency);
  const digits = String(minor).padStart(places + 1, "0");
  return places ? `${digits.slice(0, -places)}.${digits.slice(-places)}` : digits;
}

/** 2590 -> "€25.90". */
export const amountText = (minor, currency) =>
  new Intl.NumberFormat("en", { style: "currency", currency, minimumFractionDigits: decimals(currency), maximumFractionDigits: decimals(currency) })
    .format(minor / 10 ** decimals(currency));
