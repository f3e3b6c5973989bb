speechScene("emerges", {
  line: "The diagonal emerges: one sentence along training",
  hint: "a: all in turn. Ask first: which comes first, voice or path?",
  typed: true,
  choices: ({ steps }) => steps.map((step) => (
    { label: `step\u00a0${step}`, question: (text) => ["read", text, "whole", step] })),
});
