// A scene of this lab: a sentence or a recording, and choices between ways to read it.

const OPENING = "The old doctor danced quietly beneath the tower.";
const SHOWN_MS = 1000; // each choice, when all are shown in turn
const heard = { sentence: OPENING }; // goes on from scene to scene
const answers = new Map(); // what was asked already
const toCome = []; // of each scene, a function that returns its questions
let picture = null;

function takesOf(question) {
  const key = JSON.stringify(question);
  if (!answers.has(key)) {
    const found = ask(question).then(picture.takesOf);
    found.catch(() => answers.delete(key));
    answers.set(key, found);
  }
  return answers.get(key);
}

/**
 * Declare a scene.
 * @param choices of facts: [{ label, question(sentence), picks, line, guessed }]; picks: which takes
 *   of the answer are shown, line: in the place of the scene's, guessed: see `show` of picture.js
 * @param typed whether a sentence can be typed; opens: whether it is typed at once; empty: whether
 *   the scene begins without one; truth: whether the truth is drawn at first, where it is known
 */
function speechScene(id, { line, hint, choices, typed = false, opens = false, empty = false, truth = true }) {
  let main = null, known = [], chosen = 0, turn = 0, isEarly = false;
  const buttons = makeChoices(choose);
  const form = make("form", { class: "asked" });
  const sentence = RECORDED
    ? make("select", { class: "sentence", "aria-label": "Sentence" })
    : make("input", { class: "sentence", spellcheck: "false", autocomplete: "off",
      "aria-label": "Sentence to be read", placeholder: "Type a sentence, then Enter" });

  function edit() {
    if (!typed) return;
    form.replaceChildren(sentence);
    sentence.value = heard.sentence;
    sentence.focus();
    sentence.select?.();
  }

  function leave() {
    if (picture.isShown()) form.replaceChildren(picture.text);
    sentence.blur();
    picture.draw();
  }

  /** Show a choice; `aloud` plays it, each column when it sounds. Returns whether it could be had. */
  async function choose(index, aloud = false) {
    const mine = ++turn, choice = known[index];
    if (!choice) return true;
    chosen = index;
    buttons.press(index);
    stage.line(choice.line ?? line);
    stage.message("");
    stage.busy("reading");
    try {
      const all = await takesOf(choice.question(heard.sentence));
      if (mine !== turn || !main) return true;
      stage.busy("");
      const isEdited = document.activeElement === sentence && !aloud;
      picture.show((choice.picks ?? [0]).map((i) => all[i]), choice.guessed);
      if (!isEdited) leave();
      if (aloud) picture.play(true);
      preload(mine);
      return true;
    } catch (error) {
      if (mine !== turn || !main) return true;
      stage.busy("");
      stage.message(error.message);
      return false;
    }
  }

  /** Fetch the other choices, then those of other scenes: they are there when they are asked for. */
  async function preload(mine) {
    for (const [i, choice] of known.entries()) {
      const all = await takesOf(choice.question(heard.sentence)).catch(() => null);
      if (mine !== turn || !main) return;
      if (all && known.length > 1) {
        buttons.illustrate(i, picture.thumbnail(all[choice.picks?.[0] ?? 0]));
      }
    }
    for (const question of toCome.flatMap((questions) => questions())) {
      if (mine !== turn || !main) return;
      await takesOf(question).catch(() => {});
    }
  }

  async function inTurn() {
    for (let i = 0; i < known.length && main; i++) {
      await choose(i);
      const mine = turn;
      await new Promise((resolve) => setTimeout(resolve, SHOWN_MS));
      if (mine !== turn) return;
    }
  }

  async function submit(event) {
    event.preventDefault();
    const before = heard.sentence;
    heard.sentence = sentence.value.trim();
    isEarly = !known.length; // then it is read as soon as the voice is loaded
    if (!await choose(chosen, true)) heard.sentence = before;
  }

  form.addEventListener("submit", submit);
  if (RECORDED) sentence.addEventListener("change", submit);
  sentence.addEventListener("keydown", (event) => {
    if (event.key === "Escape" || (RECORDED && event.key === "Enter")) leave();
  });

  async function show(place) {
    main = place;
    picture ??= makePicture();
    picture.clear();
    picture.turn("truth", truth);
    picture.text.onclick = edit;
    chosen = 0;
    form.replaceChildren(picture.text);
    const side = make("div", { class: "side" }, picture.now, picture.note, buttons.list);
    main.append(make("div", { class: "scene speech" }, form,
      make("div", { class: "middle" }, picture.picture, side)));
    if (opens && !RECORDED) edit();
    if (empty) sentence.value = "";
    const told = await facts;
    if (main !== place) return;
    known = choices(told);
    if (RECORDED) {
      sentence.replaceChildren(...told.sentences.map((it) => make("option", { value: it }, it)));
      sentence.value = heard.sentence;
    }
    buttons.show(known.map((choice) => choice.label));
    buttons.press(chosen);
    if (!empty || RECORDED || isEarly) choose(chosen, isEarly);
  }

  function hide() {
    turn += 1;
    main = null;
    picture.stop();
  }

  const keys = {
    ...(typed && { e: [RECORDED ? "choose a sentence" : "type a sentence; Enter reads it, Esc leaves it", edit] }),
    " ": ["play or pause", () => picture.toggle()],
    ".": ["one decoder step on", () => picture.nudge(1)],
    ",": ["one decoder step back", () => picture.nudge(-1)],
    a: ["all choices in turn", inTurn],
    t: ["the truth, where it is known", () => picture.turn("truth")],
    c: ["captions", () => picture.turn("captions")],
  };
  facts.then((told) => {
    toCome.push(() => choices(told).map((it) => it.question(heard.sentence)));
  });
  scene(id, { line, hint, keys, pick: choose, show, hide });
}

const WAYS = [
  ["whole", "as trained"],
  ["no location", "no location", "U f = 0: it does not know where it has looked"],
  ["flat", "flattened", "Energies \u00f7 4: the decoder hears a blur"],
  ["repeated", "a word 6\u00a0\u00d7", "Six copies, the same content: does each get its turn?"],
  ["twice", "said twice", "Two sentences in a row: in training always one"],
];

function waysOf({ steps }) {
  const last = steps.at(-1);
  return WAYS.map(([way, label, line]) => ({ label, line, question: (text) => ["read", text, way, last] }));
}
