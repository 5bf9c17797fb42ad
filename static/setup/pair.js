// Pairing a dock: the code it shows is typed here, and whoever typed it sees who asks before letting it in.

import { of, post, read, remove } from "../api.js";
import { byId, el, foreign, tell } from "../element.js";
import { linkLine } from "../links.js";
import { span } from "../words.js";

/** Makes the form work; `paired` runs once a dock was let in and has signed in. */
export function watchPair(streamer, paired) {
  byId("dock-link").replaceChildren(linkLine(new URL("/dock", location.href).href, "dock's address"));
  byId("pair").onsubmit = async (submitted) => {
    submitted.preventDefault();
    tell(byId("pair-result"), "");
    byId("pair-who").hidden = true;
    try {
      const asks = await read(of(streamer, `pairings/${encodeURIComponent(byId("pair-code").value.trim())}`));
      showWho(streamer, asks, paired);
    } catch (problem) {
      tell(byId("pair-result"), problem.code === "not_found" ? "No dock shows that code. Compare it; each is good for ten minutes." : problem.message, "bad");
    }
  };
}

function showWho(streamer, { code, remote, client, since }, paired) {
  const path = of(streamer, `pairings/${code}`);
  const role = el("select", { id: "pair-role" },
    el("option", { value: "moderator" }, "run the queue and judge (moderator)"),
    el("option", { value: "viewer" }, "only look (viewer)"),
    el("option", { value: "owner" }, "do everything (owner)"));
  const end = (text, kind) => {
    byId("pair-who").hidden = true;
    byId("pair-code").value = "";
    tell(byId("pair-result"), text, kind);
  };
  const answer = (act) => async () => {
    try {
      await act();
    } catch (problem) {
      end(problem.message, "bad");
    }
  };
  const letIn = answer(async () => {
    await post(path, { role: role.value, name: /OBS\/[\d.]+/.test(client) ? "Dock in OBS" : "Dock" });
    end("Let in. The dock opens within seconds.", "good");
    // The dock asks every two seconds, and stands in the list once it has come in.
    setTimeout(paired, 3_000);
  });
  const turnAway = answer(async () => {
    await remove(path);
    end("Turned away. Its code is good no more.", "plain");
  });
  byId("pair-who").replaceChildren(
    el("p", {}, "Asking: ", el("b", {}, what(client)), " at ", foreign(remote, "private"), `, ${span(Math.max(0, Date.now() - Date.parse(since)))} ago. Is it yours?`),
    el("div", {}, el("label", { for: "pair-role" }, "It may"), role),
    el("div", { class: "act" },
      el("button", { type: "button", class: "button primary", onclick: letIn }, "Let it in"),
      el("button", { type: "button", class: "button", onclick: turnAway }, "Not mine")));
  byId("pair-who").hidden = false;
  role.focus();
}

/** What a user agent is, in a few words: "OBS 32.2.2 on Windows". */
export function what(client) {
  const version = /OBS\/([\d.]+)/.exec(client)?.[1];
  const engine = version ? `OBS ${version}` : /Chrome\/(\d+)/.exec(client) ? `Chrome ${/Chrome\/(\d+)/.exec(client)[1]}` : "a browser";
  const system = [["Windows", "Windows"], ["Macintosh", "macOS"], ["Android", "Android"], ["iPhone", "iPhone"], ["Linux", "Linux"]].find(([mark]) => client.includes(mark))?.[1];
  return system ? `${engine} on ${system}` : engine;
}
