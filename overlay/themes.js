// The sheets of the themes. Those that the settings name are loaded ahead of the first alert; one that is missing gives
// way to the page's own. A card wears its theme as words of `data-theme`, so that sheets never touch each other's.

const OWN = "clean"; // its sheet is part of the page
const NAME = /^[a-z0-9-]{1,32}$/;

/** Puts sheets into `head`. `folder` is where those that come with the page are. */
export function createThemes(head, folder = "themes/") {
  const sheets = new Map([[OWN, Promise.resolve(true)]]); // by name: whether it came
  const there = new Set([OWN]);
  let usual = OWN;
  let uploaded = {};

  function link(name, href) {
    return new Promise((resolve) => {
      const sheet = document.createElement("link");
      sheet.dataset.of = name;
      sheet.rel = "stylesheet";
      sheet.href = href;
      sheet.onload = () => resolve(true);
      sheet.onerror = () => {
        sheet.remove();
        resolve(false);
      };
      head.append(sheet);
    });
  }

  // The streamer's own themes stand on one of the page's, whose sheet must come before theirs.
  async function fetchSheet(name) {
    const own = uploaded[name];
    if (!own) return link(name, `${folder}${name}.css`);
    return (await load(own.base ?? OWN)) && link(name, own.url);
  }

  // A browser fetches a font when it first draws with it, which is too late: the card is measured by then.
  function fetchFonts() {
    const faces = [...head.ownerDocument.fonts].filter(({ status }) => status === "unloaded");
    return Promise.allSettled(faces.map((face) => face.load()));
  }

  async function load(name) {
    if (!NAME.test(name)) return false;
    if (!sheets.has(name)) sheets.set(name, fetchSheet(name));
    const came = await sheets.get(name);
    await fetchFonts();
    if (came) there.add(name);
    else sheets.delete(name); // the next alert tries again
    return came;
  }

  // Another version of a theme came: the old sheet goes, and the new one is loaded when it is asked for.
  function forget(name) {
    head.querySelector(`link[data-of="${name}"]`)?.remove();
    sheets.delete(name);
    there.delete(name);
  }

  const asked = (look) => look?.theme ?? usual;

  return {
    /** Takes `theme`, `themes` and `sheets`, {name: {url, base}} of the streamer's own, from settings, and loads them. */
    choose(settings) {
      usual = settings?.theme ?? OWN;
      const before = uploaded;
      uploaded = settings?.sheets ?? {};
      for (const name of Object.keys(before)) if (before[name].url !== uploaded[name]?.url) forget(name);
      return Promise.all([usual, ...(settings?.themes ?? [])].map(load));
    },
    /** Waits for the sheet that a card with this look needs; tells whether it came. */
    ready: (look) => load(asked(look)),
    /** What `data-theme` of a card with this look is: its own if the sheet is here, else the usual one. */
    worn(look) {
      const name = [look?.theme, usual, OWN].find((wanted) => there.has(wanted));
      return uploaded[name] ? `${uploaded[name].base ?? OWN} ${name}` : name;
    },
  };
}
