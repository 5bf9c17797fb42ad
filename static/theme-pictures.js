// A small drawing of each theme, so that one chooses with the eyes. The preview shows the real thing.

import { svg } from "./element.js";

// Parts on a grid of 96 × 54: [kind, x, y, width, height, corner]. Kinds are classes of look.css.
const PICTURES = {
  clean: [["plate", 18, 10, 60, 22, 3], ["edge", 18, 10, 60, 22, 3], ["tile", 21, 13, 15, 16, 2], ["text", 40, 16, 28, 4, 1], ["faint", 40, 23, 20, 3, 1], ["accent", 60, 28, 15, 8, 2]],
  light: [["paper", 18, 10, 60, 22, 3], ["tile", 21, 13, 15, 16, 2], ["ink", 40, 16, 28, 4, 1], ["faint", 40, 23, 20, 3, 1], ["accent", 60, 28, 15, 8, 2]],
  "lower-third": [["accent", 6, 36, 4, 12, 0], ["plate", 10, 36, 70, 12, 0], ["text", 14, 39, 26, 3, 1], ["faint", 14, 44, 18, 2, 1], ["accent", 66, 36, 14, 12, 0]],
  receipt: [["paper", 32, 4, 32, 46, 0], ["ink", 37, 9, 22, 3, 0], ["faint", 37, 17, 14, 2, 0], ["faint", 55, 17, 4, 2, 0], ["faint", 37, 22, 12, 2, 0], ["faint", 55, 22, 4, 2, 0], ["ink", 37, 30, 10, 3, 0], ["ink", 52, 30, 7, 3, 0], ["faint", 37, 40, 22, 4, 0]],
  pixel: [["accent", 16, 10, 64, 4, 0], ["accent", 12, 14, 4, 20, 0], ["accent", 80, 14, 4, 20, 0], ["accent", 16, 34, 64, 4, 0], ["plate", 16, 14, 64, 20, 0], ["tile", 20, 18, 12, 12, 0], ["text", 38, 18, 24, 4, 0], ["faint", 38, 26, 16, 4, 0]],
  neon: [["plate", 16, 10, 64, 24, 0], ["accent", 16, 10, 64, 2, 0], ["mint", 16, 32, 64, 2, 0], ["text", 24, 17, 30, 4, 0], ["accent", 24, 25, 18, 3, 0], ["mint", 62, 17, 12, 9, 0]],
  toast: [["plate", 52, 6, 38, 12, 6], ["accent", 56, 9, 6, 6, 3], ["text", 65, 9, 18, 3, 1], ["faint", 65, 13, 12, 2, 1]],
  drop: [["plate", 0, 0, 96, 54, 0], ["accent", 0, 12, 96, 2, 0], ["accent", 0, 40, 96, 2, 0], ["text", 22, 20, 52, 7, 1], ["accent", 34, 31, 28, 5, 1]],
};
const OWN = [["plate", 18, 12, 60, 26, 3], ["accent", 24, 18, 14, 14, 7], ["text", 44, 19, 26, 4, 1], ["faint", 44, 27, 18, 3, 1]];

export const themePicture = (name) =>
  svg("svg", { viewBox: "0 0 96 54", class: "theme-picture", "aria-hidden": "true" },
    svg("rect", { width: 96, height: 54, class: "game" }),
    ...(PICTURES[name] ?? OWN).map(([kind, x, y, width, height, rx]) => svg("rect", { class: kind, x, y, width, height, rx })));
