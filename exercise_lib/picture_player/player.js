// The picture player: a prompt, two networks that paint it, and where each of its words is heard.

const MAP_SHARE = 0.68; // of a word's map in what is shown, the rest is the picture in grey
const LEAST_END = 2; // of the maps' scale, times an even share: below it nothing stands out
const PLAY_MS = 3200, LONGEST_MS = 500; // from noise to picture, and a step at most

const PICTURE_KEYS = { // key -> what it does, and which of the player's functions does it
  " ": ["play or pause", "toggle"],
  ".": ["one step on", "forward"],
  ",": ["one step back", "back"],
  0: ["no word's map", "unpick"],
  e: ["the prompt; Enter paints it, Esc leaves it", "edit"],
  g: ["what the network guesses, or the noisy picture", "flipGuess"],
  m: ["coarse maps, where there are two", "flipCoarse"],
  r: ["new noise", "newNoise"],
};

/** What the keyboard does, on one line. */
function keyLine(isRecorded) {
  const names = { " ": "space", ".": "full stop", ",": "comma" };
  const listed = Object.entries(PICTURE_KEYS).filter(([key]) => key !== "r" || !isRecorded);
  const told = listed.map(([key, [what]]) => `${names[key] ?? key}: ${what}`);
  return ["1\u20139: a word\u2019s map", ...told].join(" \u00b7 ");
}

// ---------------------------------------------------------------- what is painted
/** A step of studio.py's answer, made ready to draw. */
function unpackStep(step, onLoad) {
  const image = make("img");
  image.onload = onLoad;
  image.src = `data:image/webp;base64,${step.pictures}`;
  const maps = Object.entries(step.maps).map(([cells, [levels, peaks]]) => (
    { cells: Number(cells), levels: bytes(levels), peaks }));
  return { ...step, image, maps: maps.sort((a, b) => b.cells - a.cells) };
}

/** A word's map, in multiples of an even share: { cells, values, peak, at }. */
function wordMap({ cells, levels, peaks }, word) {
  const own = levels.subarray(word * cells ** 2, (word + 1) * cells ** 2);
  const values = Float32Array.from(own, (level) => (level / 255) * peaks[word]);
  return { cells, values, peak: peaks[word], at: own.indexOf(255) };
}

/** Pixels of a picture in grey under a map. */
function underMap({ data, width, height }, { cells, values }, colours, end) {
  const mixed = new ImageData(width, height);
  for (let i = 0; i < width * height; i++) {
    const row = Math.floor((Math.floor(i / width) * cells) / height);
    const level = Math.min(values[row * cells + Math.floor(((i % width) * cells) / width)] / end, 1);
    const grey = 0.3 * data[4 * i] + 0.59 * data[4 * i + 1] + 0.11 * data[4 * i + 2];
    for (let c = 0; c < 3; c++) {
      const colour = colours[3 * Math.round(255 * level) + c];
      mixed.data[4 * i + c] = MAP_SHARE * colour + (1 - MAP_SHARE) * grey;
    }
    mixed.data[4 * i + 3] = 255;
  }
  return mixed;
}

// ---------------------------------------------------------------- what it is made of
function slider(name, values, value) {
  const input = make("input", {
    type: "range", class: name, min: 0, max: values.length - 1, value: values.indexOf(value),
    "aria-label": name,
  });
  const output = make("output");
  const show = () => {
    output.textContent = values[input.value];
    input.setAttribute("aria-valuetext", values[input.value]);
  };
  input.addEventListener("input", show);
  show();
  return { input, label: make("label", {}, name, input, output), value: () => values[input.value] };
}

function button(name, words) {
  return make("button", { type: "button", class: name }, words);
}

/** A network's picture, and what the oracle reads in it. */
function makePanel(side, networks, network) {
  const choice = make("select", { class: "network", "aria-label": `${side} network` },
    ...networks.map(([name, label]) => make("option", { value: name }, label)));
  choice.value = network;
  const canvas = make("canvas", { role: "img", width: 32, height: 32 });
  const peak = make("div", { class: "peak", hidden: "" });
  const verdict = make("ul", { class: "verdict", "aria-label": "what the oracle says of the prompt" });
  const reading = make("p", { class: "reading" });
  const element = make("section", { class: "painted", "aria-label": `${side} picture` }, choice,
    make("div", { class: "shown" }, make("div", { class: "frame" }, canvas, peak), verdict), reading);
  return {
    element, choice, canvas, peak, verdict, reading,
    run: null, // { words, steps, nSteps } that is shown
    coming: null, // one that was asked for and is not yet complete
    wanted: null, // a question that is asked next
    isAsking: false,
  };
}

/**
 * Build a picture player inside `root`; it paints the first prompt at once.
 * @param facts what the page knows, see studio.py
 * @param paint(question, add) a promise of the end; add(words, steps) is called as steps are made
 */
function mountPictures(root, { facts, paint }) {
  const isStill = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const colours = bytes(facts.map);
  const names = facts.networks.map(([name]) => name);
  const state = {
    prompt: facts.prompts[0], words: [], word: null, pinned: null, seed: 0,
    step: 0, isPlaying: false, begins: false, timer: 0, isGuess: false, isCoarse: false,
  };

  const prompt = facts.recorded
    ? make("select", { class: "prompt", "aria-label": "Prompt" },
      ...facts.prompts.map((it) => make("option", {}, it)))
    : make("input", {
      class: "prompt", value: state.prompt, maxlength: 200, spellcheck: "false",
      autocomplete: "off", "aria-label": "Prompt", placeholder: "Type a prompt, then Enter",
    });
  const submit = make("button", { type: "submit", class: "paint" }, "paint \u23ce");
  const form = make("form", { class: "asked" }, prompt, submit);
  const message = make("p", { class: "problem", role: "alert", hidden: "" });
  const words = make("div", { class: "words", role: "group", "aria-label": "Where each word is heard" });
  const scaleEnd = make("span");
  const bar = raster(colours, 1, 64, (_, y) => y / 63);
  bar.style.opacity = MAP_SHARE;
  const scale = make("div", { class: "scale" }, scaleEnd, make("div", { class: "bar" }, bar), "0",
    make("span", { class: "measure" }, "times an even share"));
  const panels = ["left", "right"].map((side, i) => (
    makePanel(side, facts.networks, names[Math.min(i, names.length - 1)])));
  const pair = make("div", { class: "pair picture" }, panels[0].element, scale, panels[1].element);
  const play = button("play", "\u25b6 play");
  const steps = make("input", { type: "range", class: "step", min: 0, max: 1, value: 0, "aria-label": "step" });
  const now = make("output", { class: "now" });
  const guess = button("guess", "guess"), coarse = button("coarse", "coarse maps");
  const guidance = slider("guidance", facts.scales, facts.scale);
  const length = slider("steps", facts.steps, facts.n_steps);
  const noise = button("noise", "new noise");
  const said = make("div", { class: "said", role: "status" });
  const whole = make("div", { class: "picture-player", role: "group", "aria-label": "Picture player" },
    make("div", { class: "inner" }, form, message, words, pair,
      make("div", { class: "controls" }, play, steps, now, guess),
      make("div", { class: "controls" }, guidance.label, length.label, noise, coarse),
      make("div", { class: "keys" }, keyLine(facts.recorded)), said));
  noise.hidden = submit.hidden = facts.recorded;
  root.replaceChildren(whole);

  const ready = () => Math.min(...panels.map(({ run }) => (run ? run.steps.length - 1 : -1)));
  const total = () => Math.max(...panels.map(({ run }) => run?.nSteps ?? 0));
  const stepOf = ({ run }) => run?.steps[Math.min(state.step, run.steps.length - 1)];
  const labelOf = ({ choice }) => choice.selectedOptions[0].textContent;

  // -------------------------------------------------------------- drawing
  /** The map of the word that is shown: at the end, where no network looks, the last one. */
  function mapOf({ run }) {
    if (state.word === null || run?.words.join(" ") !== state.words.join(" ")) return null;
    const seen = run.steps.slice(0, state.step + 1).findLast((it) => it.maps.length);
    const map = seen?.maps.at(state.isCoarse ? -1 : 0);
    return map ? wordMap(map, state.word) : null;
  }

  function draw() {
    const maps = panels.map(mapOf);
    const end = Math.max(LEAST_END, ...maps.map((it) => it?.peak ?? 0));
    panels.forEach((panel, i) => drawPanel(panel, maps[i], end));
    scale.classList.toggle("unused", maps.every((it) => !it));
    scaleEnd.textContent = end.toFixed(1);
    if (ready() >= 0) pair.dataset.step = state.step;
    steps.max = total();
    steps.value = state.step;
    const time = stepOf(panels[0])?.time.toFixed(2);
    now.textContent = panels.some(isStale) ? "painting" : `step ${state.step} of ${total()}, t ${time}`;
    steps.setAttribute("aria-valuetext", now.textContent);
    play.textContent = state.isPlaying ? "\u275a\u275a pause" : "\u25b6 play";
    [...words.children].forEach((it, i) => {
      it.setAttribute("aria-pressed", String(i === state.pinned));
      it.classList.toggle("lit", i === state.word);
    });
    guess.setAttribute("aria-pressed", String(state.isGuess));
    coarse.setAttribute("aria-pressed", String(state.isCoarse));
  }

  function drawPanel(panel, map, end) {
    const step = stepOf(panel);
    if (!step?.image.complete) return; // drawn when it is
    const context = panel.canvas.getContext("2d", { willReadFrequently: true });
    const { width, height } = panel.canvas;
    context.drawImage(step.image, state.isGuess ? -width : 0, 0);
    if (map) {
      const picture = context.getImageData(0, 0, width, height);
      context.putImageData(underMap(picture, map, colours, end), 0, 0);
    }
    panel.peak.hidden = !map;
    if (map) {
      const share = 100 / map.cells, row = Math.floor(map.at / map.cells);
      panel.peak.style.inset = `${share * row}% auto auto ${share * (map.at % map.cells)}%`;
      panel.peak.style.width = panel.peak.style.height = `${share}%`;
    }
    tellVerdict(panel, step);
    panel.canvas.setAttribute("aria-label", inWords(panel, step, map));
  }

  function tellVerdict({ verdict, reading, run }, step) {
    verdict.replaceChildren(...step.said.map(([asked, found, isRight]) => (
      make("li", { class: isRight ? "right" : "wrong" }, isRight ? asked : `${asked}: ${found}`))));
    const where = state.step < run.nSteps ? "read in the guess: " : "read in the picture: ";
    reading.replaceChildren(where, make("b", {}, step.read));
  }

  function inWords(panel, step, map) {
    const isLast = state.step >= panel.run.nSteps;
    const what = isLast ? "the picture" : state.isGuess ? "guess of the network" : "noisy picture";
    const verdicts = { true: ", as asked", false: ", not as asked", null: "" };
    const told = [`${labelOf(panel)}: ${what}, step ${state.step} of ${panel.run.nSteps}.`,
      `The oracle reads ${step.read}${verdicts[step.right]}.`];
    if (map) {
      const row = Math.floor(map.at / map.cells) + 1, column = (map.at % map.cells) + 1;
      told.push(`\u201c${state.words[state.word]}\u201d is heard most in row ${row} and column ` +
        `${column} of ${map.cells}, ${map.peak.toFixed(1)} times an even share.`);
    }
    return told.join(" ");
  }

  function tell() {
    said.textContent = panels.map((it) => it.canvas.getAttribute("aria-label")).join(" ");
  }

  // -------------------------------------------------------------- painting
  const isStale = ({ run, coming }) => coming !== null && run !== coming;

  /** Ask for pictures by what is chosen; of several wishes in a row the last is fulfilled. */
  function repaint(which = panels) {
    for (const panel of which) {
      panel.wanted = [panel.choice.value, state.prompt, guidance.value(), length.value(), state.seed];
      work(panel);
    }
  }

  async function work(panel) {
    if (panel.isAsking) return;
    panel.isAsking = true;
    while (panel.wanted) {
      const question = panel.wanted;
      const coming = { words: [], steps: [], nSteps: question[3] };
      panel.wanted = null;
      panel.coming = coming;
      draw();
      try {
        await paint(question, (its, found) => {
          coming.words = its;
          coming.steps.push(...found.map((it) => unpackStep(it, draw)));
          panel.run = coming;
          say("");
          arrived();
        });
      } catch (error) {
        state.isPlaying = state.begins = false;
        say(error.message);
      }
      panel.coming = null;
      draw();
    }
    panel.isAsking = false;
    if (!panels.some((it) => it.isAsking) && !state.isPlaying) tell();
  }

  /** Steps have come: they are played from noise if they were just asked for, else the last is shown. */
  function arrived() {
    spell(panels[0].run?.words ?? panels[1].run.words);
    if (!state.isPlaying && !state.begins) state.step = Math.max(ready(), 0);
    if (state.begins && !panels.some(isStale)) {
      state.begins = false;
      if (isStill) state.step = Math.max(ready(), 0);
      else {
        state.step = 0;
        start();
      }
    }
    draw();
  }

  function say(text) {
    message.textContent = text;
    message.hidden = !text;
  }

  function spell(its) {
    if (its.join(" ") === state.words.join(" ")) return;
    state.words = its;
    state.word = state.pinned = null;
    words.replaceChildren(...its.map((it, i) => {
      const word = button("word", it);
      const look = () => lookAt(i), leave = () => lookAt(state.pinned);
      word.addEventListener("pointerenter", look);
      word.addEventListener("pointerleave", leave);
      word.addEventListener("focus", look);
      word.addEventListener("blur", leave);
      word.addEventListener("click", () => pick(i));
      return word;
    }));
    keepKeys(words);
  }

  // -------------------------------------------------------------- what is looked at
  function lookAt(word) {
    state.word = word;
    draw();
    tell();
  }

  /** Keep a word's map on the pictures, or take it away. */
  function pick(word) {
    if (!state.words[word]) return;
    state.pinned = state.pinned === word ? null : word;
    lookAt(state.pinned);
  }

  function go(step) {
    stop();
    state.step = Math.min(Math.max(step, 0), Math.max(ready(), 0));
    draw();
    tell();
  }

  function start() {
    clearTimeout(state.timer);
    if (state.step >= total()) state.step = 0;
    state.isPlaying = true;
    const tick = () => {
      if (state.step < ready()) state.step += 1;
      if (state.step >= total()) state.isPlaying = false;
      draw();
      if (state.isPlaying) state.timer = setTimeout(tick, Math.min(LONGEST_MS, PLAY_MS / total()));
      else tell();
    };
    draw();
    state.timer = setTimeout(tick, Math.min(LONGEST_MS, PLAY_MS / total()));
  }

  function stop() {
    clearTimeout(state.timer);
    state.isPlaying = state.begins = false;
    draw();
  }

  const player = {
    pick,
    stop,
    toggle: () => (state.isPlaying ? stop() : start()),
    forward: () => go(state.step + 1),
    back: () => go(state.step - 1),
    unpick() {
      state.pinned = null;
      lookAt(null);
    },
    edit() {
      prompt.focus();
      prompt.select?.();
    },
    flipGuess() {
      state.isGuess = !state.isGuess;
      draw();
      tell();
    },
    flipCoarse() {
      state.isCoarse = !state.isCoarse;
      draw();
      tell();
    },
    newNoise() {
      if (facts.recorded) return;
      state.seed += 1;
      repaint();
    },
    remove() {
      stop();
      root.replaceChildren();
    },
  };

  // -------------------------------------------------------------- mouse and keys
  function onKey(event) {
    const { key, target } = event;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (target === prompt && key === "Escape") return play.focus();
    if (target.matches("select, .prompt") || (key === " " && target.matches("button"))) {
      if (!key.startsWith("Page")) event.stopPropagation();
      return;
    }
    if (/^[1-9]$/.test(key)) pick(key - 1);
    else if (key in PICTURE_KEYS) player[PICTURE_KEYS[key][1]]();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  function paintPrompt(event) {
    event?.preventDefault();
    state.prompt = prompt.value;
    stop();
    state.begins = true;
    repaint();
  }

  whole.addEventListener("keydown", onKey);
  form.addEventListener("submit", paintPrompt);
  if (facts.recorded) prompt.addEventListener("change", paintPrompt);
  for (const panel of panels) panel.choice.addEventListener("change", () => repaint([panel]));
  for (const { input } of [guidance, length]) input.addEventListener("input", () => repaint());
  for (const [element, event, does] of [
    [steps, "input", () => go(Number(steps.value))], [play, "click", player.toggle],
    [guess, "click", player.flipGuess], [coarse, "click", player.flipCoarse],
    [noise, "click", player.newNoise],
  ]) element.addEventListener(event, does);
  spell(state.prompt.split(" "));
  keepKeys(whole);
  paintPrompt();
  return player;
}

/** Build a player of what export_html (player.py) recorded. */
function mountRecorded(root, { facts, answers }) {
  const recorded = new Map(answers.map(([question, answer]) => [JSON.stringify(question), answer]));
  return mountPictures(root, {
    facts,
    async paint(question, add) {
      const { words, steps } = recorded.get(JSON.stringify(question));
      add(words, steps);
    },
  });
}
