speechScene("emerges", {
  line: "The diagonal emerges: one sentence along training",
  hint: "a: all in turn, e: type. Which comes first, voice or path?",
  typed: true,
  choices: ({ steps }) => steps.map((step) => (
    {
      label: step,
      line: `The diagonal emerges: after ${step} steps of training`,
      question: (text) => ["read", text, "whole", step],
    })),
});
