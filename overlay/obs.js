// What OBS says about this source. None of its events comes at page load, so what was never said stays unknown.

// A source that is refreshed when its scene becomes active is told that it is active and reloaded right after. What a
// page began to draw in between would be cut off, so it waits this long before it says so.
const REFRESH_WITHIN_MS = 250;

/** The OBS version for the hello, or undefined outside OBS. A build that names none tells that of its browser, as such. */
export function obsVersion() {
  if (!window.obsstudio) return undefined;
  return /\bOBS\/([\w.-]+)/.exec(navigator.userAgent)?.[1] ?? `browser ${window.obsstudio.pluginVersion}`;
}

/**
 * Calls `said(state)` with all that is known, `{visible?, active?, streaming?, recording?}`, whenever it changes, and
 * `woken()` when the source is looked at again. Gives a function that returns what is known now.
 */
export function watchObs(said, woken) {
  const known = { visible: !document.hidden };
  let refreshed = null;

  function learn(news) {
    const fresh = Object.entries(news).filter(([what, is]) => typeof is === "boolean" && known[what] !== is);
    if (fresh.length === 0) return;
    Object.assign(known, Object.fromEntries(fresh));
    if (news.visible || news.active) woken();
    said({ ...known });
  }

  const on = (event, news) => window.addEventListener(event, ({ detail }) => learn(news(detail ?? {})));
  document.addEventListener("visibilitychange", () => learn({ visible: !document.hidden }));
  on("obsSourceVisibleChanged", ({ visible }) => ({ visible }));
  on("obsStreamingStarted", () => ({ streaming: true }));
  on("obsStreamingStopped", () => ({ streaming: false }));
  on("obsRecordingStarted", () => ({ recording: true }));
  on("obsRecordingStopped", () => ({ recording: false }));
  window.addEventListener("obsSourceActiveChanged", ({ detail }) => {
    clearTimeout(refreshed);
    if (detail?.active === true) refreshed = setTimeout(learn, REFRESH_WITHIN_MS, { active: true });
    else learn({ active: detail?.active });
  });
  window.obsstudio?.getStatus?.((status) => learn({ streaming: status?.streaming, recording: status?.recording }));

  return () => ({ ...known });
}

/**
 * Takes what stands on the stage `root` out of sight while OBS shows the source nowhere: OBS keeps the last picture it
 * got, and would flash it when the source is shown again.
 */
export function hideWithObs(root) {
  const sight = (hidden) => (root.style.visibility = hidden ? "hidden" : "");
  window.addEventListener("obsSourceVisibleChanged", ({ detail }) => sight(detail?.visible === false));
  window.addEventListener("obsSourceActiveChanged", ({ detail }) => detail?.active === true && sight(false));
}
