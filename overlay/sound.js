// The bell. A fresh audio element for each alert: in OBS one that lives for hours goes silent (obs.md §2.5).

const STARTS_WITHIN_MS = 400; // a `started` waits no longer than this for the sound

/** Sounds from `url`, fetched once and kept in memory, so that an alert needs no request. */
export function createSound(url) {
  let kept = null;

  async function source() {
    kept ??= fetch(url).then(async (answer) => {
      if (!answer.ok) throw new Error(`the bell's file answered ${answer.status}`);
      return URL.createObjectURL(await answer.blob());
    });
    try {
      return await kept;
    } catch {
      kept = null; // the next alert tries again
      return null;
    }
  }

  return {
    /** Fetches the sound ahead of the first alert. */
    warm: source,
    /** A strike ready to be played, or null; never fails. */
    async load() {
      const from = await source();
      if (!from) return null;
      const audio = new Audio();
      const loaded = new Promise((resolve) => {
        audio.oncanplaythrough = () => resolve(true);
        audio.onerror = () => resolve(false);
      });
      audio.preload = "auto";
      audio.src = from;
      return (await loaded) ? strike(audio) : null;
    },
  };
}

function strike(audio) {
  return {
    /** Plays it; tells whether it could be heard from its start. */
    async play(muted) {
      audio.muted = muted;
      const late = new Promise((resolve) => setTimeout(resolve, STARTS_WITHIN_MS, false));
      const started = audio.play().then(() => true, () => false);
      return (await Promise.race([started, late])) && !audio.muted;
    },
    mute(muted) {
      audio.muted = muted;
    },
    /** Ends it and lets its memory go. */
    stop() {
      audio.pause();
      audio.removeAttribute("src");
      audio.load();
    },
  };
}
