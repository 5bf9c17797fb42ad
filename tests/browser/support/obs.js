// A stand-in for OBS: what obs-browser puts into a page (obs.md §2.3), and what it tells it.

const VERSION = "32.2.2";
const PLUGIN_VERSION = "2.26.2";
const READ_OBS = 1; // what a browser source may do unless its owner says more

/** Makes the page believe that it is a browser source. `status` is what OBS answers when asked. */
export async function beObs(page, status = { streaming: false, recording: false }, version = VERSION) {
  await page.setUserAgent(`${await page.browser().userAgent()} OBS/${version}`);
  await page.evaluateOnNewDocument((pluginVersion, level, told) => {
    // OBS answers from another process, so never within the call.
    const answer = (callback, value) => queueMicrotask(() => callback(value));
    const rest = { recordingPaused: false, replaybuffer: false, virtualcam: false };
    window.obsstudio = {
      pluginVersion,
      getControlLevel: (callback) => answer(callback, level),
      getStatus: (callback) => answer(callback, { ...told, ...rest }),
    };
  }, PLUGIN_VERSION, READ_OBS, status);
}

/** Something happens in OBS. Events that carry nothing have a null detail. */
export const obsSays = (page, event, detail = null) =>
  page.evaluate((name, carried) => {
    window.dispatchEvent(new CustomEvent(name, { detail: carried }));
  }, event, detail);
