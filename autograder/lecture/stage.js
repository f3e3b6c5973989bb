// The stage: scenes to step through, one screen each. It knows no lab; labs bring their scenes.

const stage = (() => {
  const NEXT = ["PageDown", "ArrowRight", "ArrowDown"], BEFORE = ["PageUp", "ArrowLeft", "ArrowUp"];
  const POLL_MS = 200;
  const NO_FULL_SCREEN = "This frame may not fill the screen: it lacks allow=\"fullscreen\".";
  const scenes = [], labs = {};
  let current = null;

  const part = (name) => document.querySelector(name);
  const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

  // -------------------------------------------------------------- what answers the scenes
  /** What each lab's scenes know, as soon as it is loaded; a line says what the current one awaits. */
  async function load() {
    if (RECORDED) {
      for (const [name, { facts }] of Object.entries(RECORDED)) known(name).resolve(facts);
      return;
    }
    for (;;) {
      const state = await (await fetch("state")).json();
      for (const [name, facts] of Object.entries(state.facts)) known(name).resolve(facts);
      for (const [name, why] of Object.entries(state.failed)) known(name).fail(why);
      if (!state.said) return;
      if (!known(current.lab).isThere) busy(state.said);
      await pause(POLL_MS);
    }
  }

  /** What a lab's scenes know: a promise, which no scene gets past where it can't be loaded. */
  function known(name) {
    labs[name] ??= new Known(name);
    return labs[name];
  }

  class Known {
    constructor(name) {
      this.isThere = false;
      this.why = "";
      this.facts = new Promise((resolve) => {
        this.resolve = (facts) => {
          if (!this.isThere && current?.lab === name) busy("");
          this.isThere = true;
          resolve(facts);
        };
      });
      this.fail = (why) => {
        this.isThere = true;
        this.why = why;
        if (current?.lab === name) message(why);
      };
    }
  }

  async function answer(name, question) {
    const found = await (RECORDED ? unpacked(name, question) : asked(name, question));
    if (found.failed) throw new Error(found.failed);
    return found;
  }

  function unpacked(name, question) {
    const packed = atob(RECORDED[name].answers[JSON.stringify(question)]);
    const data = new Blob([Uint8Array.from(packed, (c) => c.charCodeAt(0))]);
    return new Response(data.stream().pipeThrough(new DecompressionStream("gzip"))).json();
  }

  async function asked(lab, question) {
    const body = JSON.stringify({ lab, question });
    return (await fetch("ask", { method: "POST", body })).json();
  }

  // -------------------------------------------------------------- what scenes are given
  /** Say in the last line what went wrong; "" takes it away. */
  function message(text) {
    part(".message").textContent = text;
  }

  /** Tell those who hear the page what the picture shows. */
  function tell(text) {
    part(".told").textContent = text;
  }

  function line(text) {
    part(".line").textContent = text;
  }

  /** Say what is awaited; "" when it is there. */
  function busy(text) {
    part(".progress").textContent = text;
  }

  /**
   * What the scenes of one lab are written with.
   *   scene(id, { line, hint, keys, pick(index), show(main), hide() }): keys maps a key to [what it
   *     does, function]; pick, if there is something to choose from, answers the keys 1 to 9
   *   ask(question): a promise of what the lab's source.py answers
   *   facts: a promise of what it knows
   */
  function lab(name) {
    return {
      scene: (id, declared) => scenes.push({ id, lab: name, keys: {}, hide() {}, ...declared }),
      facts: known(name).facts,
      ask: async (question) => {
        await known(name).facts;
        return answer(name, question);
      },
    };
  }

  // -------------------------------------------------------------- stepping
  function go(index) {
    const scene = scenes[Math.min(Math.max(index, 0), scenes.length - 1)];
    if (scene === current) return;
    current?.hide();
    current = scene;
    for (const say of [tell, busy]) say("");
    message(known(scene.lab).why);
    line(scene.line);
    part(".where").dataset.scene = scene.id;
    part(".where").textContent = `${scenes.indexOf(scene) + 1}/${scenes.length}`;
    part(".hint").textContent = scene.hint;
    document.title = scene.line;
    history.replaceState(null, "", `#${scene.id}`);
    part("main").replaceChildren();
    scene.show(part("main"));
  }

  function goToAddress() {
    const named = scenes.findIndex(({ id }) => `#${id}` === location.hash);
    go(Math.max(named, 0));
  }

  // -------------------------------------------------------------- keys
  const OWN_KEYS = {
    f: ["full screen", () => (document.fullscreenElement
      ? document.exitFullscreen() : document.documentElement.requestFullscreen().catch(() => message(NO_FULL_SCREEN)))],
    h: ["hint for the lecturer, or none", () => flip("hints", "on", "off")],
    d: ["dark room or light", () => flip("room", "light", "dark")],
    "?": ["these keys", () => { part(".key-list").hidden ? showKeys() : hideKeys(); }],
  };

  function flip(name, first, second) {
    const { dataset } = document.documentElement;
    dataset[name] = dataset[name] === second ? first : second;
    window.dispatchEvent(new Event("resize"));
  }

  function showKeys() {
    const entry = (key, what) => {
      const row = document.createElement("p"), name = document.createElement("kbd");
      name.textContent = key;
      row.append(name, what);
      return row;
    };
    const listed = Object.entries({ ...current.keys, ...OWN_KEYS });
    part(".key-list").replaceChildren(
      entry("Page \u2193 \u2191, \u2190 \u2192", "next scene, scene before"),
      ...(current.pick ? [entry("1\u20139", "a choice")] : []),
      ...listed.map(([key, [what]]) => entry(key === " " ? "space" : key, what)));
    part(".key-list").hidden = false;
  }

  function hideKeys() {
    part(".key-list").hidden = true;
  }

  function isTyping(target) {
    return target.matches("input, select, textarea");
  }

  function onKey(event) {
    const { key, target } = event;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (isTyping(target) && !key.startsWith("Page")) return;
    if (key === "Escape") return hideKeys();
    const step = NEXT.includes(key) ? 1 : BEFORE.includes(key) ? -1 : 0;
    const own = current.keys[key] ?? OWN_KEYS[key] ?? (/^[1-9]$/.test(key) && current.pick
      ? ["a choice", () => current.pick(key - 1)] : undefined);
    if (!step && !own) return;
    event.preventDefault();
    if (key !== "?") hideKeys();
    if (step) go(scenes.indexOf(current) + step);
    else own[1]();
  }

  function start() {
    document.addEventListener("keydown", onKey);
    window.addEventListener("hashchange", goToAddress);
    goToAddress();
    load().catch((error) => message(error.message));
  }

  return { lab, start, message, tell, line, busy };
})();
