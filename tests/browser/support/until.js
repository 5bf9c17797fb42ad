// Waiting for something that can be seen, with a deadline that says what did not come.

const DEADLINE_MS = 30_000;
const LOOK_EVERY_MS = 50;

/** Looks until `seen()` gives something true, and gives that. */
export async function until(what, seen, withinMs = DEADLINE_MS) {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const found = await seen();
    if (found) return found;
    if (performance.now() > deadline) throw new Error(`waited ${withinMs} ms in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}
