speechScene("own", {
  line: "Your own sentence",
  hint: "One from the hall: 160 letters at most. 2 to 5 break it.",
  typed: true,
  opens: true,
  empty: true,
  choices: waysOf,
});
