// The picture player as a Jupyter widget: a kernel paints, and sends each step when it is made.

const PATIENCE_MS = 20000;
const NO_ANSWER = "No answer: the kernel is busy, or gone. " +
  "What was painted can still be played.";

function render({ model, el }) {
  const view = Math.random();
  let asked = 0;

  function paint(question, add) {
    const id = `${view} ${asked++}`;
    return new Promise((resolve, reject) => {
      let patience = 0;
      const end = (settle, value) => {
        clearTimeout(patience);
        model.off("msg:custom", hear);
        settle(value);
      };
      const wait = () => {
        clearTimeout(patience);
        patience = setTimeout(() => end(reject, new Error(NO_ANSWER)), PATIENCE_MS);
      };
      const hear = (sent) => {
        if (sent.id !== id) return;
        wait();
        if (sent.failed) end(reject, new Error(sent.failed));
        else if (sent.step) add(sent.words, [sent.step]);
        else end(resolve);
      };
      model.on("msg:custom", hear);
      wait();
      try {
        model.send({ id, question });
      } catch {
        end(reject, new Error(NO_ANSWER));
      }
    });
  }

  const player = mountPictures(el, { facts: model.get("_facts"), paint });
  return () => player.remove();
}

export default { render };
