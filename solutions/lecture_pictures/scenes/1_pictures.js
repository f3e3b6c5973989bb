const place = make("div", { class: "on-stage" });
let player = null;

async function show(main) {
  main.append(place);
  const known = await facts;
  player ??= mountPictures(place, {
    facts: known,
    async paint(question, add) {
      const { words, steps } = await ask(question);
      add(words, steps);
    },
  });
}

const does = ([key, [what, name]]) => [key, [what, () => player?.[name]()]];

scene("pictures", {
  line: "Out of noise: a prompt becomes a picture",
  hint: "e: type, 1\u20139: a word's map, space: play. ?: keys",
  keys: Object.fromEntries(Object.entries(PICTURE_KEYS).map(does)),
  pick: (index) => player?.pick(index),
  show,
  hide: () => player?.stop(),
});
