// The atlas: one system, all of them, or one composed by hand; all drawn of the same parts.

const ATLAS_KEYS = { // key -> what it does, and which of the atlas's functions does it
  ",": ["system before", "before"],
  ".": ["next system", "next"],
  a: ["all systems", "showAll"],
  c: ["compose by hand", "compose"],
  o: ["one system", "showOne"],
  r: ["run it", "run"],
};
const NAMES = {
  data: "what comes out", condition: "condition", alignment: "alignment", generator: "generator",
  latent: "latent", decoder: "decoder", encoder: "encoder",
};

function mountAtlas(place, { facts, run = null }) {
  const { systems, columns, rules, drawing, samples } = facts;
  const names = Object.keys(columns);
  let view = facts.composes ? "compose" : "one", index = 0, composed = { ...facts.compose };
  const asked = {}; // system -> the prompt that was typed
  const shown = { ...samples }; // system -> what it made last

  const tabs = make("div", { class: "tabs", role: "group", "aria-label": "Views" });
  const body = make("div", { class: "body" });
  const said = make("div", { class: "said", "aria-live": "polite" });
  const inner = make("div", { class: "inner" }, tabs, body, said);
  const root = make("div", { class: "atlas", tabindex: "0" }, inner);
  place.append(root);

  // -------------------------------------------------------------- composing
  function misfits(parts) {
    return rules.filter(([a, b, one, other]) => parts[a] === one && parts[b] === other)
      .map(([a, b, , , why]) => ({ a, b, why }));
  }

  function differences(parts, system) {
    return names.filter((it) => parts[it] !== system.composition[it]);
  }

  function draw(parts) {
    const bad = misfits(parts);
    const pieces = drawing.order.map((it) => (
      drawing.fragments[it][it === "encoder" ? parts.latent : parts[it]]));
    const crosses = drawing.marks.filter(([a, b]) => bad.some((it) => it.a === a && it.b === b));
    const [width, height] = drawing.size;
    const label = names.map((it) => `${it}: ${columns[it][parts[it]][0]}`).join("; ");
    return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img"
      font-family="system-ui, 'Segoe UI', 'DejaVu Sans', sans-serif" aria-label="${label}">
      ${drawing.definitions}${pieces.join("")}${crosses.map((it) => it[2]).join("")}</svg>`;
  }

  function verdict(parts) {
    const bad = misfits(parts);
    if (bad.length) {
      const rows = bad.map(({ a, b, why }) => (
        make("li", { class: "wrong" }, make("b", {}, `${NAMES[a]} and ${NAMES[b]}: `), why)));
      return make("ul", { class: "verdict" }, ...rows);
    }
    const distances = systems.map((it) => differences(parts, it));
    const least = Math.min(...distances.map((it) => it.length));
    const near = systems.filter((_, i) => distances[i].length === least);
    if (least === 0) {
      return make("ul", { class: "verdict" }, make("li", { class: "right" }, "All parts meet: this is ",
        make("b", {}, near[0].name), ", a system of the lecture."));
    }
    const rows = near.slice(0, 3).map((it) => make("li", {}, make("b", {}, it.name), " differs in ",
      differences(parts, it).map((name) => NAMES[name]).join(", ")));
    return make("ul", { class: "verdict" },
      make("li", { class: "right" }, "All parts meet. It is no system of the lecture; nearest:"), ...rows);
  }

  function composeView() {
    const picture = make("div", { class: "picture" }), words = make("div", { class: "words" });
    const update = () => {
      picture.innerHTML = draw(composed);
      words.replaceChildren(verdict(composed));
      said.textContent = words.textContent;
    };
    const choose = (column) => {
      const options = Object.entries(columns[column]).map(([kind, [label]]) => {
        const option = make("option", { value: kind }, label);
        option.selected = kind === composed[column];
        return option;
      });
      const select = make("select", { "aria-label": NAMES[column] }, ...options);
      const note = make("small", {}, columns[column][composed[column]][1]);
      select.addEventListener("change", () => {
        composed[column] = select.value;
        note.textContent = columns[column][select.value][1];
        update();
      });
      return make("label", { class: `choice ${column}` }, make("span", {}, NAMES[column]), select, note);
    };
    const from = make("select", { "aria-label": "begin from" },
      ...systems.map((it, i) => make("option", { value: i }, it.name)));
    const match = systems.findIndex((it) => !differences(composed, it).length);
    from.selectedIndex = match;
    from.addEventListener("change", () => {
      composed = { ...systems[from.value].composition };
      show("compose");
    });
    update();
    const begin = make("label", { class: "choice" }, make("span", {}, "begin from"), from);
    return [
      make("div", { class: "choices" }, begin, ...names.map(choose)),
      make("div", { class: "result" }, picture, words),
    ];
  }

  // -------------------------------------------------------------- one system
  function made(system) {
    const sample = shown[system.key], output = make("div", { class: "made" });
    if (!sample) return output;
    if (sample.failed) output.append(make("p", { class: "problem" }, sample.failed));
    if (sample.picture) {
      output.append(make("img", { src: sample.picture, alt: `${sample.prompt}: ${sample.said}` }));
    }
    if (sample.sound) {
      output.append(make("audio", { controls: "", src: sample.sound, "aria-label": sample.prompt }));
    }
    if (sample.said) output.append(make("p", {}, `\u201c${sample.prompt}\u201d \u00b7 ${sample.said}`));
    return output;
  }

  async function runIt() {
    const system = systems[index];
    if (!run) return;
    const prompt = asked[system.key] ?? system.prompt;
    said.textContent = "running";
    root.dataset.state = "running";
    try {
      shown[system.key] = await run(system.key, prompt);
    } catch (error) {
      shown[system.key] = { failed: error.message };
    }
    delete root.dataset.state;
    said.textContent = shown[system.key].said ?? shown[system.key].failed;
    if (view !== "one" || systems[index] !== system) return;
    show("one");
    body.querySelector("audio")?.play().catch(() => {}); // a browser may want a click first
  }

  function kitRow(system) {
    const labs = `This kit: lab ${system.labs.join(", ")}`;
    const row = make("div", { class: "kit" }, make("b", {}, labs));
    row.append(make("span", { class: "ours" }, ` \u00b7 ${system.ours}`));
    if (run) {
      const input = make("input", { class: "prompt", "aria-label": system.asks, value: asked[system.key] ?? system.prompt });
      input.addEventListener("input", () => { asked[system.key] = input.value; });
      input.addEventListener("keydown", (event) => {
        if (event.key === "Enter") runIt();
        event.stopPropagation();
      });
      const button = make("button", { type: "button", class: "run" }, "run");
      button.addEventListener("click", runIt);
      row.append(make("span", { class: "asked" }, `${system.asks}:`, input, button));
    }
    row.append(made(system));
    if (!run && !shown[system.key]) row.append(make("p", {}, "Nothing it made was recorded."));
    return row;
  }

  function oneView() {
    const system = systems[index];
    const list = make("div", { class: "list", role: "group", "aria-label": "Systems" });
    systems.forEach((it, i) => {
      const button = make("button", { type: "button", "aria-pressed": String(i === index) }, it.name);
      button.addEventListener("click", () => { index = i; show("one"); });
      list.append(button);
    });
    const picture = make("div", { class: "picture", "data-step": index });
    picture.innerHTML = system.svg;
    const source = make("p", { class: "source" }, `slide \u201c${system.slide}\u201d`);
    if (system.link) {
      source.append(" \u00b7 ", make("a", { href: system.link, target: "_blank", rel: "noopener" },
        `arXiv ${system.link.split("/").pop()}, ${system.year}`));
    }
    const rows = Object.entries(system.says).filter(([, it]) => it !== "none");
    const table = make("dl", {}, ...rows.flatMap(([name, words]) => (
      [make("dt", { class: name }, NAMES[name]), make("dd", {}, words)])));
    for (const [what, words] of Object.entries(system.losses)) {
      table.append(make("dt", {}, `losses, ${what}`), make("dd", {}, words));
    }
    return [list, make("div", { class: "result" },
      make("h2", {}, system.name), picture, source, make("div", { class: "below" }, table, kitRow(system)))];
  }

  function allView() {
    const cards = systems.map((it, i) => {
      const picture = make("span", { class: "picture" });
      picture.innerHTML = it.svg;
      const card = make("button", { type: "button", class: "card" }, make("b", {}, it.name), picture);
      card.addEventListener("click", () => { index = i; show("one"); });
      return card;
    });
    return [make("div", { class: "cards" }, ...cards)];
  }

  // -------------------------------------------------------------- showing
  const VIEWS = { one: ["One system", oneView], all: ["All systems", allView], compose: ["Compose", composeView] };

  function show(name) {
    view = name;
    root.dataset.view = name;
    tabs.replaceChildren(...Object.entries(VIEWS).map(([it, [label]]) => {
      const tab = make("button", { type: "button", "aria-pressed": String(it === name) }, label);
      tab.addEventListener("click", () => show(it));
      return tab;
    }));
    const keys = Object.entries(ATLAS_KEYS).filter(([key]) => key !== "r" || run);
    const told = { ",": "comma", ".": "full stop" };
    const line = keys.map(([key, [what]]) => `${told[key] ?? key}: ${what}`).join(" \u00b7 ");
    tabs.append(make("span", { class: "keys" }, line));
    body.replaceChildren(...VIEWS[name][1]());
    if (name === "one") said.textContent = systems[index].name;
    keepKeys(root);
  }

  function step(by) {
    index = (index + by + systems.length) % systems.length;
    show("one");
  }

  const atlas = {
    before: () => step(-1),
    next: () => step(1),
    showAll: () => show("all"),
    showOne: () => show("one"),
    compose: () => show("compose"),
    run: runIt,
    pick(number) {
      if (number < systems.length) {
        index = number;
        show("one");
      }
    },
    remove: () => root.remove(),
  };
  root.addEventListener("keydown", (event) => {
    if (event.target.matches("input, select") || event.ctrlKey || event.metaKey || event.altKey) return;
    const own = ATLAS_KEYS[event.key];
    if (!own) return;
    event.preventDefault();
    event.stopPropagation();
    atlas[own[1]]();
    root.focus({ preventScroll: true });
  });
  show(view);
  return atlas;
}
