// What the streamer chose, on the page: where the card stands, whether it only fades, and the accent in the shades that
// the themes need of it.

const PLACES = ["top-left", "top", "top-right", "left", "center", "right", "bottom-left", "bottom", "bottom-right"];
const COLOUR = /^#[0-9a-f]{6}$/i;
const BLACK = [0, 0, 0];
const WHITE = [255, 255, 255];
const READABLE = 4.5; // WCAG 2.2 AA; the accent is a text colour of large text only
const SHADES = 16; // steps from the accent to white or black
// How light a dark plate gets where 4 % of a white game show through it (obs.md §2.6), and how dark a light one is.
const DARK_PLATE = 0.05;
const LIGHT_PLATE = 0.75;

const parse = (colour) => [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
const print = (colour) => `#${colour.map((part) => Math.round(part).toString(16).padStart(2, "0")).join("")}`;
const mix = (from, to, share) => from.map((part, at) => part + (to[at] - part) * share);
const ratio = (a, b) => (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);

// Relative luminance (WCAG 2.2), 0 to 1.
function luminance(colour) {
  const [r, g, b] = colour.map((part) => (part <= 10 ? part / 3294.6 : ((part / 255 + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

// The colour itself, or the first shade of it on the way to `end` that can be read on a plate of that luminance.
function readable(colour, end, plate) {
  for (let step = 0; step < SHADES; step += 1) {
    const shade = mix(colour, end, step / SHADES);
    if (ratio(luminance(shade), plate) >= READABLE) return shade;
  }
  return end;
}

/** The accent as the themes use it: itself, text on it, and as text on a dark and on a light plate. */
export function shadesOf(accent) {
  const colour = parse(accent);
  const light = luminance(colour);
  return {
    "--chosen": accent,
    "--chosen-ink": print(ratio(light, 0) >= ratio(light, 1) ? BLACK : WHITE),
    "--chosen-pale": print(readable(colour, WHITE, DARK_PLATE)),
    "--chosen-deep": print(readable(colour, BLACK, LIGHT_PLATE)),
  };
}

/** Applies what it knows of `settings` to the page; what is not said, or is nothing, is as the theme has it. */
export function applySettings(page, settings) {
  const { accent, position, calm } = settings ?? {};
  const chosen = COLOUR.test(accent);
  for (const [property, shade] of Object.entries(shadesOf(chosen ? accent : "#000000"))) {
    if (chosen) page.style.setProperty(property, shade);
    else page.style.removeProperty(property);
  }
  page.dataset.position = PLACES.includes(position) ? position : "top";
  page.toggleAttribute("data-calm", calm === true);
}
