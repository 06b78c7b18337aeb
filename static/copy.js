// A button that copies a field: <button data-copy="id of the field" data-copied="Copied">.
"use strict";
document.addEventListener("click", async ({ target }) => {
  const button = target.closest("[data-copy]");
  if (!button) return;
  const field = document.getElementById(button.dataset.copy);
  field.focus();
  field.select();
  // Without HTTPS a browser has no clipboard for us, and copies what is selected.
  try { await navigator.clipboard.writeText(field.value); } catch { document.execCommand("copy"); }
  const said = button.querySelector("span:last-child"), words = said.textContent;
  if (words === button.dataset.copied) return;
  said.textContent = button.dataset.copied;
  setTimeout(() => { said.textContent = words; }, 2000);
});
