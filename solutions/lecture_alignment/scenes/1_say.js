speechScene("say", {
  line: "Say a sentence: every column is one look at the text",
  hint: "Type, then Enter. A path without gaps: read in order. ?: keys",
  typed: true,
  opens: true,
  choices: ({ steps }) => [
    { label: `step ${steps.at(-1)}`, question: (text) => ["read", text, "whole", steps.at(-1)] },
  ],
});
