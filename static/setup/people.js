// Who else may sign in: keys with their links and sessions, invitations, and taking either back.

import { of, post, readList, remove } from "../api.js";
import { ask } from "../ask.js";
import { byId, el, foreign, tell } from "../element.js";
import { linkLine } from "../links.js";
import { count, span } from "../words.js";

/** Roles that people have; keys of programs are not shown here. */
const ROLES = { owner: "owner", moderator: "moderator", viewer: "viewer" };

/** Somebody who was here within this time is here: the gateway notes it every five minutes. Milliseconds. */
const HERE_MS = 6 * 60_000;

/** Shows the list and makes inviting work; gives what reads the list again. */
export function watchPeople(streamer) {
  const readAgain = async () => {
    try {
      const keys = (await readList(of(streamer, "keys"))).filter(({ role }) => ROLES[role]);
      keys.sort((a, b) => Date.parse(b.created) - Date.parse(a.created));
      const empty = el("li", { class: "hint" }, "Nobody yet, apart from whoever has the gateway's own links.");
      byId("people").replaceChildren(...(keys.length > 0 ? keys.map((key) => personLine(streamer, key, readAgain)) : [empty]));
    } catch (problem) {
      byId("people").replaceChildren(el("li", { class: "result", "data-kind": "bad" }, problem.message));
    }
  };
  byId("invite").onsubmit = (submitted) => invite(submitted, streamer, readAgain);
  byId("invite-link").replaceChildren();
  tell(byId("invite-result"), "");
  readAgain();
  return readAgain;
}

async function invite(submitted, streamer, readAgain) {
  submitted.preventDefault();
  const [name, role, expires] = ["invite-name", "invite-role", "invite-expires"].map((id) => byId(id).value.trim());
  byId("invite-link").replaceChildren();
  try {
    const { link } = await post(of(streamer, "keys"), { name, role, expires });
    tell(byId("invite-result"), "Copy it now: it is shown only here, and signs in once.", "good");
    byId("invite-link").replaceChildren(linkLine(link, "invitation", { secret: true }));
    byId("invite-name").value = "";
    await readAgain();
  } catch (problem) {
    tell(byId("invite-result"), problem.message, "bad");
  }
}

function personLine(streamer, key, readAgain) {
  const open = key.invitation?.state === "open";
  const take = async () => {
    const named = key.name || `this ${ROLES[key.role]}`;
    const sure = await ask(open
      ? { title: "Take the invitation back?", text: `The link for ${named} will open nothing.`, yes: "Take it back", no: "Keep it" }
      : { title: "Sign out for good?", text: `Every browser that ${named} signed in with is signed out at once.`, yes: "Sign out", no: "Keep" });
    if (!sure) return;
    await remove(of(streamer, `keys/${key.id}`)).catch(() => {});
    await readAgain();
  };
  return el("li", { class: "person" },
    el("span", { class: "person-who" }, key.name ? foreign(key.name, "person-name") : el("span", { class: "person-name" }, "No name"), el("span", { class: "tag" }, ROLES[key.role])),
    el("span", { class: "hint" }, standing(key)),
    el("button", { type: "button", class: "button small", "aria-label": `${open ? "Take back the invitation of" : "Revoke"} ${key.name || key.role}`, onclick: take }, open ? "Take back" : "Revoke"));
}

/** How somebody stands: invited until when, or since when here and when last. */
export function standing({ created, invitation, sessions, seen }, now = Date.now()) {
  if (sessions > 0) {
    const ago = now - Date.parse(seen);
    const last = ago < HERE_MS ? "here now" : `last here ${long(ago)} ago`;
    return sessions === 1 ? last : `${last}, ${count(sessions, "browser")}`;
  }
  if (invitation?.state === "open") return `invited, link good for ${long(Date.parse(invitation.at) - now)}`;
  if (invitation?.state === "lapsed") return "the link lapsed unused";
  return `since ${new Date(created).toLocaleDateString("en-GB", { day: "numeric", month: "long" })}, not signed in now`;
}

function long(ms) {
  const hours = ms / 3_600_000;
  if (hours < 1.5) return span(Math.max(ms, 0));
  return hours < 48 ? count(Math.round(hours), "hour") : count(Math.round(hours / 24), "day");
}
