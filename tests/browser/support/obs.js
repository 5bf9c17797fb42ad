// A stand-in for OBS: what obs-browser puts into a page, what it tells it, and what it does to it.

const VERSION = "32.2.2";
const PLUGIN_VERSION = "2.26.2";
const RELOADS_AFTER_MS = 100; // OBS lives in other processes than the page: it tells it, and reloads it a moment later
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

/** Something happens in OBS: every frame of the page hears of it. Events that carry nothing have a null detail. */
export const obsSays = (page, event, detail = null) =>
  Promise.all(page.frames().map((frame) => frame.evaluate((name, carried) => {
    window.dispatchEvent(new CustomEvent(name, { detail: carried }));
  }, event, detail)));

/** The scene with the source goes on the stream, or leaves it. */
export async function setActive(page, active) {
  await obsSays(page, "obsSourceVisibleChanged", { visible: active });
  await obsSays(page, "obsSourceActiveChanged", { active });
}

/** The scene goes on the stream, and the source has "Refresh browser when scene becomes active" ticked. */
export async function activateWithRefresh(page) {
  await setActive(page, true);
  const loaded = page.waitForNavigation();
  const devtools = await page.createCDPSession();
  await new Promise((resolve) => setTimeout(resolve, RELOADS_AFTER_MS));
  await devtools.send("Page.reload", { ignoreCache: true });
  await loaded;
  await devtools.detach();
}
