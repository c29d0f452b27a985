// Conveniences. Every page works without them.
"use strict";

// Copy buttons beside code and addresses.
for (const button of document.querySelectorAll("[data-copy]")) {
  const source = () => button.closest("figure, .field")?.querySelector("code, input");
  if (!navigator.clipboard || !source()) continue;
  button.hidden = false;
  const label = button.textContent;
  button.addEventListener("click", async () => {
    const from = source();
    try {
      await navigator.clipboard.writeText(from.value ?? from.textContent);
      button.textContent = "Copied";
    } catch {
      button.textContent = "Not allowed";
    }
    setTimeout(() => { button.textContent = label; }, 1600);
  });
}

// A link name follows the name until somebody changes it.
for (const field of document.querySelectorAll("[data-name-from]")) {
  const from = document.getElementById("f-" + field.dataset.nameFrom);
  if (!from) continue;
  const derived = () =>
    from.value.normalize("NFKD").toLowerCase().replace(/[^a-z0-9]+/g, "_").replace(/^[^a-z]+|_+$/g, "").slice(0, 50);
  let follows = true;
  field.addEventListener("input", () => { follows = field.value === ""; });
  from.addEventListener("input", () => { if (follows) field.value = derived(); });
}

// Times in the reader's own zone.
for (const time of document.querySelectorAll("time[datetime]")) {
  const at = new Date(time.dateTime);
  if (Number.isNaN(at.valueOf())) continue;
  time.title = time.textContent;
  time.textContent = at.toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
}

// A form is sent once.
for (const form of document.querySelectorAll("form[method=post]")) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "yes";
    for (const button of form.querySelectorAll("button:not([type=button])")) button.setAttribute("aria-disabled", "true");
  });
}
// A page that the browser kept may be sent again.
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) {
    delete form.dataset.sent;
    for (const button of form.querySelectorAll("[aria-disabled]")) button.removeAttribute("aria-disabled");
  }
});
