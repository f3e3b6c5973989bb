speechScene("fake", {
  line: "A diagonal can lie: which one learned to read?",
  hint: "Let them guess; t: the truth. rc: follows the voice beyond a line.",
  truth: false,
  choices: () => [
    ["both", [0, 1], ["left", "right"]], ["left", [0], ["left"]], ["right", [1], ["right"]],
  ].map(([label, picks, guessed]) => ({ label, picks, guessed, question: () => ["fake"] })),
});
