speechScene("break", {
  line: "Break it: what does the attention need?",
  hint: "1 to 5, then space. Let them guess: will it stop, and where?",
  typed: true,
  choices: waysOf,
});
