speechScene("fake", {
  line: "A diagonal can lie: which one learned to read?",
  hint: "t hides the truth. rc: follows the voice beyond a line.",
  choices: () => [["both", [0, 1]], ["left", [0]], ["right", [1]]].map(([label, picks]) => (
    { label, picks, question: () => ["fake"] })),
});
