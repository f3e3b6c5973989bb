speechScene("truth", {
  line: "The truth: a recording, its true frames fed back",
  hint: "White: when each letter sounds; t hides it. mass: attention near it.",
  choices: ({ recordings, steps }) => recordings.map(([name, text]) => (
    { label: text.split(" ").slice(0, 2).join(" "), question: () => ["truth", name, steps.at(-1)] })),
});
