// The atlas as a Jupyter widget: a kernel runs what this kit has.

const PATIENCE_MS = 60000;

function render({ model, el }) {
  let asked = 0;

  function run(key, prompt) {
    const id = `${Math.random()} ${asked++}`;
    return new Promise((resolve, reject) => {
      const end = (settle, value) => {
        clearTimeout(patience);
        model.off("msg:custom", hear);
        settle(value);
      };
      const hear = (sent) => {
        if (sent.id === id) end(resolve, sent);
      };
      const patience = setTimeout(
        () => end(reject, new Error("No answer: the kernel is busy, or gone.")), PATIENCE_MS);
      model.on("msg:custom", hear);
      model.send({ id, key, prompt });
    });
  }

  const facts = model.get("_facts");
  const atlas = mountAtlas(el, { facts, run: facts.kernel ? run : null });
  return () => atlas.remove();
}

export default { render };
