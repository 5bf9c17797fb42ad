// Themes of the streamer's own: brought as a zip, looked through by the gateway, taken away again.

import { of, Problem, readList, remove, upload } from "../api.js";
import { ask } from "../ask.js";
import { el, foreign, tell } from "../element.js";
import { count } from "../words.js";

/** Largest zip the gateway takes, in bytes. It hangs up on a larger one, and then nobody reads why. */
const ZIP_MAX = 4 << 20;

/** The section. Its element is `element`; it says "change" when there are others. */
export function ownThemes(streamer, draft, themes) {
  const section = new EventTarget();
  const list = el("ul", { class: "own-themes" });
  const said = el("p", { class: "result", role: "status", id: "theme-said" });
  const findings = el("ol", { class: "findings", id: "findings" });
  const file = el("input", { type: "file", id: "theme-file", accept: ".zip,application/zip", class: "unseen" });
  file.addEventListener("change", () => bring(file.files[0]));

  const draw = (now) => list.replaceChildren(...now.map((theme) => item(theme)));
  const again = async () => {
    draw(await readList(of(streamer, "themes")));
    section.dispatchEvent(new Event("change"));
  };

  const item = ({ name, title }) => el("li", { class: "own-theme" },
    el("span", { class: "own-name" }, el("bdi", {}, title || name), el("code", {}, name)),
    el("a", { class: "button small", href: `/api/v1${of(streamer, `themes/${name}`)}`, download: `${name}.zip` }, "Export"),
    el("button", { type: "button", class: "button small", onclick: () => away(name), "aria-label": `Remove ${name}` }, "Remove"));

  async function bring(zip) {
    if (!zip) return;
    if (zip.size > ZIP_MAX) {
      file.value = "";
      return tell(said, "That zip is larger than 4 MiB.", "bad");
    }
    tell(said, "Looking through it…");
    findings.replaceChildren();
    try {
      const { theme, findings: found } = await upload(of(streamer, "themes"), zip, "application/zip");
      tell(said, `${theme.title || theme.name} is here${found.length ? `, with ${count(found.length, "thing")} to know` : ""}.`, "good");
      findings.replaceChildren(...found.map(finding));
      await again();
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
      const found = problem.more.findings ?? [];
      // The findings say it better than the sentence, which tells the first of them only.
      tell(said, found.length ? `Refused: ${count(found.filter(({ refused }) => refused).length, "thing")} to put right.` : problem.message, "bad");
      findings.replaceChildren(...found.map(finding));
    }
    file.value = "";
  }

  async function away(name) {
    const sure = await ask({ title: `Remove ${name}?`, text: "Export it first if you may want it back.", yes: "Remove" });
    if (!sure) return;
    try {
      await remove(of(streamer, `themes/${name}`));
      tell(said, `${name} is gone.`);
      await again();
    } catch (problem) {
      tell(said, problem.message, "bad");
    }
  }

  draw(themes);
  section.element = el("section", { class: "card group" },
    el("h2", { class: "group-title" }, "Your own themes"),
    el("p", { class: "hint" }, "A zip of a style sheet, pictures and sounds. It is looked through before it is taken: "
      + "what could hide a test, flash or reach elsewhere is refused."),
    list, file, el("label", { for: "theme-file", class: "button" }, "Add a theme"), said, findings);
  return section;
}

// One thing that was found: where, what, and what to do about it.
const finding = ({ refused, file, line, what, why, fix }) => el("li", { class: "finding", "data-level": refused ? "refused" : "warning" },
  el("p", { class: "finding-what" }, el("span", { class: "finding-level" }, refused ? "Refused" : "To know"), foreign(sentence(what))),
  file && el("code", {}, line ? `${file}, line ${line}` : file),
  el("p", { class: "hint" }, `${sentence(why)} ${sentence(fix)}`));

// The gateway's words begin in lower case and end bare, as a terminal wants them.
const sentence = (text) => `${text.charAt(0).toUpperCase()}${text.slice(1).replace(/\.$/, "")}.`;
