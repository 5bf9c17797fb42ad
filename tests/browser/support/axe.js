// What a program can check of WCAG 2.2 AA, by axe-core in the page itself.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];

/** Fails with what breaks WCAG 2.2 AA on the page as it stands, one line for each place. */
export async function accessible(page) {
  // A colour halfway through its transition is no colour of the design.
  await page.evaluate(() => Promise.all(document.getAnimations().filter(({ playState, effect }) =>
    playState === "running" && effect.getTiming().fill !== "forwards").map(({ finished }) => finished)));
  // Through the debugger, since the page's own policy runs no script but its own.
  await page.evaluate(AXE);
  const { violations } = await page.evaluate((values) => window.axe.run(document, { runOnly: { type: "tag", values } }), RULES);
  const said = violations.flatMap(({ id, help, nodes }) => nodes.map(({ target, failureSummary }) =>
    `${id} (${help}) at ${target.join(" ")}: ${failureSummary.replaceAll(/\s+/g, " ")}`));
  assert.deepEqual(said, [], "WCAG 2.2 AA");
}

/** The same in dark and in light. */
export async function accessibleInBothThemes(page) {
  for (const value of ["dark", "light"]) {
    await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value }]);
    await accessible(page);
  }
}
