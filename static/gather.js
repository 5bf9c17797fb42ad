// Reading again what many things change. Sales come in bursts; one read serves the burst.

const LEAST_MS = 500;
/** So many times as long as the last read took: in a raid the gateway has better things to do. */
const FACTOR = 20;
const MOST_MS = 15_000;

/** Runs `read` a while after `soon()` was called, once for all calls in between; `stop()` forgets the one that waits. */
export function gather(read) {
  let waiting = 0;
  let rest = LEAST_MS;
  const run = async () => {
    waiting = 0;
    const begun = performance.now();
    try {
      await read();
    } catch {
      // Away for a moment: what changes next reads it again.
    }
    rest = Math.min(Math.max(LEAST_MS, FACTOR * (performance.now() - begun)), MOST_MS);
  };
  return {
    soon: () => (waiting ||= setTimeout(run, rest)),
    stop: () => clearTimeout(waiting),
  };
}
