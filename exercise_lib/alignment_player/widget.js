// The player as a Jupyter widget.

function viewOf(model) {
  return { take: model.get("take"), temperature: model.get("temperature"), head: model.get("head") };
}

function renderPlayer({ model, el }) {
  const player = mount(el, {
    onChange(view) {
      model.set(view);
      model.save_changes();
    },
  });
  const show = () => player.show(model.get("_takes"), viewOf(model));
  const look = () => player.look(viewOf(model));
  const listeners = {
    "change:_takes": show, "change:take": look, "change:temperature": look, "change:head": look,
  };
  for (const [name, listener] of Object.entries(listeners)) model.on(name, listener);
  show();
  return () => {
    for (const [name, listener] of Object.entries(listeners)) model.off(name, listener);
    player.remove();
  };
}

function render(context) {
  const speaks = context.model.get("_speaking") !== undefined;
  return speaks ? renderSpeaking(context) : renderPlayer(context);
}

export default { render };
