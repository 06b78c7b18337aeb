// One tick ticks all: <input type="checkbox" data-picks="NAME"> over the boxes of that name in the same table.
"use strict";
document.addEventListener("change", ({ target }) => {
  if (!target.matches("[data-picks]")) return;
  for (const box of target.closest("table").querySelectorAll(`input[name="${target.dataset.picks}"]`)) box.checked = target.checked;
});
