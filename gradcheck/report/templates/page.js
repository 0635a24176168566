"use strict";
// The page says everything without this: it adds a button to every command, and opens what is folded before printing.
for (const command of document.querySelectorAll(".command")) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = "Copy";
  button.setAttribute("aria-label", "Copy the command");
  button.addEventListener("click", async () => {
    const text = command.querySelector("pre");
    getSelection().selectAllChildren(text);
    const done = await navigator.clipboard.writeText(text.textContent).then(() => true, () => document.execCommand("copy"));
    button.textContent = done ? "Copied" : "Selected";
    setTimeout(() => { button.textContent = "Copy"; }, 1500);
  });
  command.append(button);
}
let folded = [];
addEventListener("beforeprint", () => {
  folded = [...document.querySelectorAll("details:not([open]):not(.long)")];
  for (const own of folded) own.open = true;
});
addEventListener("afterprint", () => { for (const own of folded) own.open = false; });
