speechScene("heads", {
  line: "Several heads: what does an average hide?",
  hint: "Before the softmax: sharper than what the decoder used.",
  truth: false,
  choices: () => [
    ["four heads", [0, 1, 2, 3]], ["average of weights", [4]], ["average of energies", [5]],
  ].map(([label, picks]) => ({ label, picks, question: () => ["heads"] })),
});
