const place = make("div", { class: "on-stage" });
let atlas = null;

async function show(main) {
  main.append(place);
  const known = await facts;
  atlas ??= mountAtlas(place, {
    facts: known,
    run: known.kernel ? (key, prompt) => ask([key, prompt]) : null,
  });
}

const does = ([key, [what, name]]) => [key, [what, () => atlas?.[name]()]];

scene("atlas", {
  line: "Sixteen systems, one drawing",
  hint: `, and . go through the systems, a: all, c: compose${RECORDED ? "" : ", r: run"}. ?: keys`,
  keys: Object.fromEntries(Object.entries(ATLAS_KEYS).filter(([key]) => key !== "r" || !RECORDED).map(does)),
  pick: (index) => atlas?.pick(index),
  show,
});
