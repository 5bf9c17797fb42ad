// What the streamer chose, as custom properties of the theme.

const COLOURS = { accent: "--brass", plate: "--plate", text: "--text" };

/** Applies what it knows of `settings`; a value that is no colour, or none, gives the theme's own back. */
export function applySettings(page, settings) {
  for (const [setting, property] of Object.entries(COLOURS)) {
    const value = settings?.[setting];
    if (typeof value === "string" && CSS.supports("color", value)) page.style.setProperty(property, value);
    else page.style.removeProperty(property);
  }
}
