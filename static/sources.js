// What is wrong with the sources of this evening, in the streamer's words: one that vanished, two that could ring,
// one that is not on stream, an OBS that is too old.

import { clock } from "./words.js";

/** A page that reloads is away for a moment; OBS reloads them at every change of scene if told to. Milliseconds. */
const GONE_AFTER_MS = 8_000;

/** OBS 28 is the first with Chrome 103, the oldest that the overlay is made for. */
const OBS_OLDEST = 28;

/** Remembers the sources seen since the page was opened. */
export class Sources {
  #seen = new Map();

  /** Takes the connections as they were read at `now`, in milliseconds. */
  look(connections, now) {
    const here = new Map(connections.filter(({ mode }) => mode === "live").map((connection) => [place(connection), connection]));
    for (const [key, connection] of here) this.#seen.set(key, { connection, gone: null });
    for (const [key, seen] of this.#seen) if (!here.has(key)) seen.gone ??= now;
  }

  /** Those that were here this evening and are gone. */
  vanished(now) {
    return [...this.#seen].filter(([, { gone }]) => gone !== null && now - gone >= GONE_AFTER_MS)
      .map(([key, { connection, gone }]) => ({ key, connection, gone }));
  }

  /** When somebody should look again for what has vanished; null when nothing is about to. */
  next(now) {
    const soon = [...this.#seen.values()].filter(({ gone }) => gone !== null && now - gone < GONE_AFTER_MS);
    return soon.length > 0 ? Math.min(...soon.map(({ gone }) => gone)) + GONE_AFTER_MS - now : null;
  }

  /** Somebody knows. It is told again if it comes and goes again. */
  dismiss(key) {
    this.#seen.delete(key);
  }
}

/** The warnings about sources: `{id, title, text, dismiss?}`. Addresses are apart, because they are private. */
export function sourceWarnings(connections, sources, now) {
  const onStream = connections.filter(({ mode, kind }) => mode === "live" && kind === "alerts");
  const audible = onStream.filter(({ muted, active, visible }) => !muted && active !== false && visible !== false);
  return [
    ...sources.vanished(now).map(({ key, connection, gone }) => ({
      id: `gone ${key}`,
      title: `${connection.overlay.name} vanished at ${clock(gone)}`,
      text: connection.obs
        ? "If OBS still runs, refresh the browser source there; OBS does not do it by itself."
        : "Its page was closed, or its machine is off.",
      places: [connection],
      dismiss: () => sources.dismiss(key),
    })),
    ...(audible.length > 1 ? [{
      id: "audible",
      title: `${audible.length} sources could ring`,
      text: "Only one does at a time. Add &mute=1 to the link of each that should stay silent.",
      places: audible,
    }] : []),
    ...onStream.filter(({ active, visible }) => active === false || visible === false).map((connection) => ({
      id: `hidden ${connection.id}`,
      title: `${connection.overlay.name} is not on stream`,
      text: connection.active === false ? "OBS says its source is in no scene that is live. Switch to a scene that has it." : "Its page is hidden.",
      places: [connection],
    })),
    ...onStream.filter(({ obs }) => obs && Number.parseInt(obs, 10) < OBS_OLDEST).map((connection) => ({
      id: `old ${connection.id}`,
      title: `OBS ${connection.obs} is too old`,
      text: `Its browser cannot draw every theme. Tillbell is made for OBS ${OBS_OLDEST} and newer.`,
      places: [connection],
    })),
  ];
}

// Where a source stands, whichever connection it has: the overlay, whether in OBS, and the machine if it may be known.
// An OBS that comes back as a newer one is the same place.
const place = ({ overlay, remote, obs }) => JSON.stringify([overlay.id, remote, Boolean(obs)]);
