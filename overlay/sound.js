// The sounds. A fresh audio element for each alert: in OBS one that lives for hours goes silent (docs/OPERATIONS.md).

const STARTS_WITHIN_MS = 400; // a `started` waits no longer than this for the sound
const LOOK_EVERY_MS = 20;
const SUITS = { tip: "tap", subscription: "paper", renewal: "paper" }; // what `auto` means; else the bell
const USUAL = { sound: "auto", volume: 60 };

const suiting = ({ kind, members }) => SUITS[kind === "combo" ? members[0]?.kind : kind] ?? "bell";
const ours = (name) => `sounds/${name}.wav`;

// A theme of the streamer's own may bring its own of each.
const urlOf = (name, theme, settings) => settings?.sounds?.[theme]?.[name] ?? ours(name);

/**
 * What a `play` frame sounds like, `{url, volume}` with a volume above 0 and up to 1, or null for nothing. What a rule
 * says (`look`) goes before what the streamer chose for all.
 */
export function chooseSound({ alert, look }, settings) {
  const { sound, volume, theme } = { ...USUAL, ...settings, ...look };
  if (sound === "none" || !(volume > 0)) return null;
  const name = sound === "auto" ? suiting(alert) : sound;
  return { url: urlOf(name, theme, settings), volume: Math.min(volume / 100, 1) };
}

// What most alerts will ask for.
function expected(settings) {
  const { sound, volume, theme } = { ...USUAL, ...settings };
  if (sound === "none" || !(volume > 0)) return [];
  const names = sound === "auto" ? ["bell", ...Object.values(SUITS)] : [sound];
  return names.map((name) => urlOf(name, theme, settings));
}

/** Sounds for alerts, each file fetched once and kept in memory, so that an alert needs no request. */
export function createSound() {
  const kept = new Map();
  let settings = null;

  function source(url) {
    if (!kept.has(url)) kept.set(url, fetchSound(url));
    return kept.get(url).catch(() => {
      kept.delete(url); // the next alert tries again
      return null;
    });
  }

  return {
    /** Takes what the streamer chose. */
    use(chosen) {
      settings = chosen;
    },
    /** Fetches ahead of the first alert what the streamer's choice will need. */
    warm() {
      for (const url of expected(settings)) source(url);
    },
    /** A sound ready to be played for this `play` frame, or null; never fails. */
    async load(frame) {
      const chosen = chooseSound(frame, settings);
      const from = chosen && (await source(chosen.url));
      if (!from) return null;
      const audio = new Audio();
      const loaded = new Promise((resolve) => {
        audio.oncanplaythrough = () => resolve(true);
        audio.onerror = () => resolve(false);
      });
      audio.preload = "auto";
      audio.volume = chosen.volume;
      audio.src = from;
      return (await loaded) ? strike(audio) : null;
    },
  };
}

async function fetchSound(url) {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`the sound's file answered ${answer.status}`);
  return URL.createObjectURL(await answer.blob());
}

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

function strike(audio) {
  return {
    /**
     * Plays it; tells whether it is heard from its start. That the browser agreed to play is no proof: only with a device
     * that takes it does the sound's own clock move.
     */
    async play(muted) {
      audio.muted = muted;
      const deadline = performance.now() + STARTS_WITHIN_MS;
      let refused = false;
      audio.play().catch(() => (refused = true));
      while (!refused && audio.currentTime === 0) {
        if (performance.now() > deadline) return false;
        await pause(LOOK_EVERY_MS);
      }
      return !refused && !audio.muted;
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
