// What a page really does: Chromium's own trace of its renderer.

const CATEGORIES = ["-*", "devtools.timeline", "devtools.timeline.frame", "disabled-by-default-devtools.timeline.frame", "blink.user_timing"];
const APART_US = 200_000; // frames further apart than this belong to different movements
const MOVEMENT_FRAMES = 8; // fewer are no movement, but single changes

/** Records while `during()` runs; gives the events of the page's own process, oldest first, times in µs. */
export async function record(page, during) {
  await page.tracing.start({ categories: CATEGORIES });
  await page.evaluate(() => performance.mark("here"));
  await during();
  const { traceEvents } = JSON.parse(Buffer.from(await page.tracing.stop()).toString("utf8"));
  const { pid } = traceEvents.find(({ name }) => name === "here");
  return traceEvents.filter((event) => event.pid === pid).sort((a, b) => a.ts - b.ts);
}

/** How many events have one of these names. */
export const count = (events, ...names) => events.filter(({ name, ph }) => names.includes(name) && ph !== "E").length;

/** Frames a second that reached the screen, of each movement in the trace. */
export function frameRates(events) {
  const movements = [];
  let before = -Infinity;
  for (const { ts } of events.filter(({ name }) => name === "DrawFrame")) {
    if (ts - before > APART_US) movements.push([]);
    movements.at(-1).push(ts);
    before = ts;
  }
  return movements
    .filter(({ length }) => length >= MOVEMENT_FRAMES)
    .map((frames) => ((frames.length - 1) * 1e6) / (frames.at(-1) - frames[0]));
}
