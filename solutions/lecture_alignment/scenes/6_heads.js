speechScene("heads", {
  line: "Several heads: what does an average hide?",
  hint: "1 to 3. Averaged before the softmax (3): sharper than what was used (2).",
  truth: false,
  choices: () => [
    ["four heads", [0, 1, 2, 3]], ["average of weights", [4]], ["average of energies", [5]],
  ].map(([label, picks]) => ({ label, picks, question: () => ["heads"] })),
});
