/* Buttons that copy the code beside them; without a script they are not there. */
async function copied(code) {
  try {
    await navigator.clipboard.writeText(code.textContent);
    return true;
  } catch {  // not allowed here: select it, so that the reader's own keys copy it
    getSelection().selectAllChildren(code);
    return document.execCommand("copy");
  }
}

for (const button of document.querySelectorAll("button.copy")) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    const done = await copied(at(button.dataset.copies));
    const said = at(`${button.dataset.copies}-said`);
    button.textContent = done ? "Copied" : "Selected";
    said.textContent = done ? "The code is copied." : "The code is selected: copy it by your keys.";
    setTimeout(() => { button.textContent = "Copy"; said.textContent = ""; }, 3000);
  });
}
