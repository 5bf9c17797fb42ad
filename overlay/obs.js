// What OBS says about this source. None of its events comes at page load, so what was never said stays unknown.

/** The OBS version for the hello, or undefined outside OBS. */
export function obsVersion() {
  if (!window.obsstudio) return undefined;
  return /\bOBS\/([\w.-]+)/.exec(navigator.userAgent)?.[1] ?? window.obsstudio.pluginVersion;
}

/**
 * Calls `said(state)` with all that is known, `{visible?, active?, streaming?, recording?}`, whenever it changes, and
 * `woken()` when the source is looked at again. Gives a function that returns what is known now.
 */
export function watchObs(said, woken) {
  const known = { visible: !document.hidden };

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
  on("obsSourceActiveChanged", ({ active }) => ({ active }));
  on("obsStreamingStarted", () => ({ streaming: true }));
  on("obsStreamingStopped", () => ({ streaming: false }));
  on("obsRecordingStarted", () => ({ recording: true }));
  on("obsRecordingStopped", () => ({ recording: false }));
  window.obsstudio?.getStatus?.((status) => learn({ streaming: status?.streaming, recording: status?.recording }));

  return () => ({ ...known });
}
