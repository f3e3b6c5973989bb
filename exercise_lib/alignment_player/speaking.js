// What SpeakingPlayer adds to the player: a sentence to type, ways to break it, a comparison.

const AS_TRAINED = "Every column is one look at the text. A bright path that rises without a gap " +
  "is a sentence read in order.";
const TO_SEE = {
  location: "No location term (U f = 0): the decoder does not know where it has looked. " +
    "Does the path still move on, and does it stop?",
  flat: "Inside the decoder: it hears a blur of many characters, and so do you. " +
    "The temperature below is of the picture alone.",
  repeat: "One word six times: by content alone the copies are the same. Does each get its turn?",
  twice: "Two sentences in a row, in training there was always one. Does the path go on to the end?",
  compare: "Left: nobody spoke this, so nobody knows when each character should sound. " +
    "Right: a recording; white line: the truth.",
};

function floats(view) {
  return new Float32Array(view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength));
}

function levels(view) {
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}

/** A button that stays pressed. */
function makeSwitch(words) {
  const button = make("button", { type: "button", "aria-pressed": "false" }, words);
  button.addEventListener("click", () => button.setAttribute("aria-pressed", !isOn(button)));
  return button;
}

function isOn(button) {
  return button.getAttribute("aria-pressed") === "true";
}

/** Build the form and the players of a SpeakingPlayer; returns a function that removes them. */
function renderSpeaking({ model, el }) {
  const { text, most_characters: most, recordings } = model.get("_speaking");
  const sentence = make("input", {
    type: "text", class: "sentence", value: text, maxlength: 4 * most, spellcheck: "false",
    autocomplete: "off", "aria-label": "Sentence to be read",
  });
  const speak = make("button", { type: "submit", class: "speak" }, "speak \u23ce");
  const message = make("div", { class: "message", role: "alert" });
  const location = makeSwitch("no location term");
  const flat = make("input", {
    type: "range", class: "flat", min: 1, max: 4, step: 0.5, value: 1,
    "aria-label": "divide the energies inside the decoder",
  });
  const flatValue = make("output", {}, "\u00f7 1");
  const repeat = makeSwitch("repeat a word");
  const twice = makeSwitch("twice in a row");
  const recording = make("select", { class: "recording", "aria-label": "Compare with a recording" },
    make("option", { value: "" }, "compare with the truth"),
    ...recordings.map(([id, words]) => make("option", { value: id }, words)));
  const toSee = make("div", { class: "to-see", role: "status" }, AS_TRAINED);
  const form = make("form", { class: "sentence-row" }, sentence, speak);
  const top = make("div", { class: "top" }, form, message,
    make("div", { class: "controls" },
      make("div", { class: "group", role: "group", "aria-label": "Break it" }, "break it:", location,
        make("label", {}, "flatten the energies", flat, flatValue), repeat, twice),
      recording),
    toSee);
  const left = make("div"), right = make("div", { class: "compared" });
  const players = make("div", { class: "players board" }, left, right);
  const whole = make("div", { class: "speaking-player" }, make("div", { class: "inner" }, top, players));
  el.replaceChildren(whole);
  keepKeys(top);

  const view = () => viewOf(model);
  const options = { around: () => top.offsetHeight, keys: " \u00b7 Esc: sentence or picture" };
  const player = mount(left, { ...options, rail: players, onChange: save });
  const compared = mount(right, {
    ...options, rail: make("div"), onChange: ({ take }) => save({ ...view(), take }),
  });

  function save(changes) {
    model.set(changes);
    model.save_changes();
  }

  function ask(kind) {
    model.send({
      kind,
      text: sentence.value,
      without_location: isOn(location),
      temperature: Number(flat.value),
      repeated_word: isOn(repeat),
      twice: isOn(twice),
      recording: recording.value,
    });
  }

  /** Read again, because something was switched; say what to see. */
  function changed(what, isBroken) {
    toSee.textContent = isBroken ? TO_SEE[what] : AS_TRAINED;
    ask("speak");
    if (recording.value) ask("compare");
  }

  function showTakes() {
    player.show(model.get("_takes"), view());
  }

  function showComparison() {
    const data = model.get("_comparison");
    const comparing = "takes" in data;
    players.classList.toggle("comparing", comparing);
    right.hidden = !comparing;
    player.head(comparing ? "your sentence, free running: no truth, no score" : "");
    if (!comparing) return;
    compared.show(data, { ...view(), head: -1 });
    compared.showTruth();
    compared.head("a recording, its true frames fed back");
  }

  function look() {
    player.look(view());
    compared.look({ take: model.get("take") });
  }

  function say() {
    message.textContent = model.get("_message");
    message.hidden = !message.textContent;
  }

  function follow(sent, buffers) {
    if (sent.kind === "begin") player.begin(sent);
    else if (sent.kind === "step") player.step(floats(buffers[0]), levels(buffers[1]));
    else if (sent.kind === "end") player.end();
    else if (sent.kind === "cancel") player.cancel();
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    ask("speak");
  });
  location.addEventListener("click", () => changed("location", isOn(location)));
  repeat.addEventListener("click", () => changed("repeat", isOn(repeat)));
  twice.addEventListener("click", () => changed("twice", isOn(twice)));
  flat.addEventListener("input", () => { flatValue.textContent = `\u00f7 ${flat.value}`; });
  flat.addEventListener("change", () => changed("flat", flat.value > 1));
  recording.addEventListener("change", () => {
    toSee.textContent = recording.value ? TO_SEE.compare : AS_TRAINED;
    ask("compare");
  });
  top.addEventListener("keydown", (event) => {
    event.stopPropagation();
    if (event.key === "Escape") player.focus();
  });
  players.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    sentence.focus();
    sentence.select();
  });

  const observer = new ResizeObserver(() => {
    player.redraw();
    compared.redraw();
  });
  observer.observe(top);
  const listeners = {
    "change:_takes": showTakes, "change:_comparison": showComparison, "change:_message": say,
    "change:take": look, "change:temperature": look, "change:head": look, "msg:custom": follow,
  };
  for (const [name, listener] of Object.entries(listeners)) model.on(name, listener);
  showTakes();
  showComparison();
  say();
  return () => {
    for (const [name, listener] of Object.entries(listeners)) model.off(name, listener);
    observer.disconnect();
    player.remove();
    compared.remove();
  };
}
