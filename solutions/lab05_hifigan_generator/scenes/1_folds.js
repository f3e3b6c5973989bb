const SHOWN_MS = 2000; // each choice, when all are shown in turn
const LINES = [
  "HiFi-GAN at work: what its period discriminators see",
  "Mel in, waveform out: Griffin-Lim guesses the phase",
  "Mel in, waveform out: trained without discriminators",
  "Mel in, waveform out: then trained against them",
];
const answers = new Map(); // by recording
let folds = null, main = null, recording = 0, chosen = 0, turn = 0;

const buttons = makeChoices(choose);

async function heardOf(name) {
  if (!answers.has(name)) {
    const found = ask(["copies", name]).then(folds.heard);
    found.catch(() => answers.delete(name));
    answers.set(name, found);
  }
  return answers.get(name);
}

async function choose(index) {
  if (!LINES[index]) return;
  const mine = ++turn, { recordings } = await facts;
  if (mine !== turn || !main) return;
  chosen = index;
  buttons.press(index);
  stage.line(LINES[index]);
  stage.message("");
  stage.busy("copying");
  try {
    const heard = await heardOf(recordings[recording]);
    if (mine !== turn || !main) return;
    buttons.show(heard.sounds.map(({ label }) => label));
    buttons.press(index);
    folds.show(heard, index);
  } catch (error) {
    if (mine === turn && main) stage.message(error.message);
  }
  stage.busy("");
}

async function inTurn() {
  for (let i = 0; i < LINES.length && main; i++) {
    await choose(i);
    const mine = turn;
    await new Promise((resolve) => setTimeout(resolve, SHOWN_MS));
    if (mine !== turn) return;
  }
}

async function nextRecording() {
  const { recordings } = await facts;
  recording = (recording + 1) % recordings.length;
  await choose(chosen);
}

async function show(place) {
  main = place;
  folds ??= makeFolds();
  chosen = 0;
  const side = make("div", { class: "side" }, folds.clock, folds.note, buttons.list);
  main.append(make("div", { class: "scene folds" }, make("div", { class: "middle" }, folds.picture, side)));
  await choose(0);
  if (main === place && !matchMedia("(prefers-reduced-motion: reduce)").matches) folds.turnSlow(true);
}

function hide() {
  turn += 1;
  main = null;
  folds.stop();
}

scene("folds", {
  line: LINES[0],
  hint: "space: sound, s: slow or still, t: real above copy, r: another",
  keys: {
    " ": ["play or pause", () => folds.toggle()],
    s: ["slow motion, or still", () => folds.turnSlow()],
    ".": ["one sample on", () => folds.nudge(1)],
    ",": ["one sample back", () => folds.nudge(-1)],
    a: ["all choices in turn", inTurn],
    t: ["the recording above its copy", () => folds.turn("truth")],
    c: ["captions", () => folds.turn("captions")],
    r: ["next recording", nextRecording],
  },
  pick: choose,
  show,
  hide,
});
