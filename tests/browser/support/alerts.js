// Alerts as the gateway sends them, of the kinds that a theme has to bear.

const PICTURE = "/support/hoodie.svg";
const LONG = "I have watched every stream since the harbour one and the hoodie is for my sister who never believed me that " +
  "you finish what you start. Now you owe us the lighthouse run, blindfolded, with the slow boat. Greetings from Bergen, " +
  "from all nine of us and from the dog. Do not answer, just keep going";
export const UNBROKEN = "W".repeat(50);

const item = (name, more) => ({ name, quantity: 1, ...more });
const euros = (minor) => ({ minor, currency: "EUR", text: `€${(minor / 100).toFixed(2)}` });

/** An order, as the gateway tells of it. */
export const order = (name, { message, items = [item("Hoodie", { variant: "L", image: PICTURE })], amount = euros(2599), ...more } = {}) => ({
  id: "al_1", kind: "sale", test: false, replay: false, amount, items,
  buyer: { name, anonymous: name === "Someone" },
  message: message ? { text: message } : null,
  ...more,
});

const several = [
  item("Hoodie", { variant: "L", quantity: 2, image: PICTURE }),
  item("Enamel pin “Lighthouse”", { quantity: 3 }),
  item("Poster, A2"),
];
const crowd = ["mika", "nova", "夜桜ミカ", "kai", "rio", "ann", "lou"];

/** By name: what is drawn. `latin` says that its text can be measured pixel by pixel. */
export const CASES = {
  usual: order("mika", { message: "love the stream" }),
  bare: order("kai", { items: [item("Mug")], amount: euros(1400) }),
  short: order("Jo", { message: "gg!", items: [item("Sticker", { quantity: 12 })], amount: euros(3600) }),
  long: order("Constance Featherstonehaugh", { message: LONG }),
  several: order("mika", { message: "for the whole crew", items: several, amount: euros(10_795) }),
  many: order("mika", { items: [...several, ...several, ...several], amount: euros(32_385) }),
  tip: order("mika", { kind: "tip", message: "keep going", items: [], amount: euros(500), test: true }),
  someone: order("Someone", { items: [item("Mug")], amount: euros(1400), replay: true }),
  unbroken: order(UNBROKEN, {
    message: UNBROKEN.repeat(6), items: [item(UNBROKEN, { variant: UNBROKEN, quantity: 99 })],
    amount: { text: "Rp 12.345.678.901,00" },
  }),
  hostile: order("<b>mika</b> {{7*7}} %s", { message: "</p><script>document.title=1</script> &amp;", items: [item("<img src=x>")] }),
  cyrillic: order("Мила Зайцева", { message: "спасибо за стрим, это лучшее за неделю", items: [item("Толстовка с капюшоном")] }),
  arabic: order("ليلى الأندلسية", { message: "شكرا على البث، أنت الأفضل (100%)", items: [item("قميص أسود", { quantity: 2 })] }),
  japanese: order("夜桜ミカ", { message: "いつも配信ありがとうございます。これからも応援しています", items: [item("パーカー", { variant: "L" })] }),
  emoji: order("👩‍🚀 Nova 🏳️‍🌈", { message: "🎉🎉🎉 let's go 🚀", items: [item("Mug ☕")] }),
  combo: {
    ...order("Someone", { amount: euros(31_188), items: [item("Hoodie", { variant: "L", quantity: 12, image: PICTURE })] }),
    kind: "combo", members: crowd.map((name) => order(name)),
  },
  digest: {
    ...order("Someone", { amount: euros(7_699), items: [] }),
    kind: "digest", members: crowd.map((name, at) => order(name, { items: at === 3 ? [] : [several[at % 3]] })),
  },
};
