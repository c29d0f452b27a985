// What the preview needs of a browser: fields that change run their events, lookups search, deleting asks first.
(() => {
  "use strict";

  const start = () => {
    document.querySelectorAll("form[data-live]").forEach(live);
    document.querySelectorAll("form[data-confirm]").forEach((form) => {
      form.addEventListener("submit", (event) => {
        if (!window.confirm(form.dataset.confirm)) event.preventDefault();
      });
    });
    document.querySelectorAll(".filters select").forEach((select) => {
      select.addEventListener("change", () => select.form.requestSubmit());
    });
  };

  const live = (form) => {
    let sending = Promise.resolve();
    form.addEventListener("submit", () => {
      // The answers of events that are still under way concern a form that is gone.
      form.dataset.leaving = "1";
    });
    window.addEventListener("pageshow", () => delete form.dataset.leaving);
    const send = (what) => {
      sending = sending.then(() => update(form, what));
      return sending;
    };
    lookups(form);
    form.addEventListener("change", (event) => {
      if (event.target.type === "search" || event.target.type === "file") return;
      send("change");
    });
    form.addEventListener("click", (event) => {
      const button = event.target.closest("button[data-part]");
      if (!button) return;
      event.preventDefault();
      send(button.value);
    });
  };

  // Every control of the form's part, by what tells it from the others.
  const controls = (part) => {
    const found = new Map();
    for (const control of part.querySelectorAll("input[name], select[name], textarea[name]")) {
      const one = control.type === "checkbox" || control.type === "radio";
      found.set(one ? `${control.name}=${control.value}` : control.name, control);
    }
    return found;
  };
  const state = (control) => {
    if (control.type === "checkbox" || control.type === "radio") return String(control.checked);
    if (control.multiple) return JSON.stringify([...control.selectedOptions].map((option) => option.value));
    return control.value;
  };
  const restore = (control, from) => {
    if (control.type === "checkbox" || control.type === "radio") control.checked = from.checked;
    else if (control.multiple) {
      const chosen = new Set([...from.selectedOptions].map((option) => option.value));
      for (const option of control.options) option.selected = chosen.has(option.value);
    } else control.value = from.value;
  };

  // While a button is held down nothing on the page may move, or the click would miss it.
  let held = Promise.resolve();
  document.addEventListener(
    "pointerdown",
    () => {
      held = new Promise((released) => {
        const done = () => setTimeout(released, 0);
        document.addEventListener("pointerup", done, { once: true });
        document.addEventListener("pointercancel", done, { once: true });
      });
    },
    true,
  );

  // Sends the form and puts the answer in the place of its fields.
  const update = async (form, what) => {
    if (form.dataset.leaving) return;
    const data = new FormData(form);
    data.set("_do", what);
    for (const [name, value] of [...data.entries()]) {
      if (value instanceof File) data.delete(name);
    }
    const sent = new Map([...controls(form.querySelector("#part"))].map(([key, control]) => [key, state(control)]));
    form.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(form.action, { method: "POST", body: data, headers: { "X-Part": "1" } });
      const holder = document.createElement("template");
      holder.innerHTML = await answer.text();
      const part = holder.content.getElementById("part");
      await held;
      if (form.dataset.leaving) return;
      if (part) replace(form, part, sent, what.startsWith("drop:"));
      else document.location.reload();
    } catch {
      tell(form, "The preview does not answer. Is it still running?");
    } finally {
      form.removeAttribute("aria-busy");
    }
  };

  const replace = (form, part, sent, rowsMoved) => {
    const old = form.querySelector("#part");
    const active = old.contains(document.activeElement) ? document.activeElement : null;
    const place = active && "selectionStart" in active ? safely(() => active.selectionStart) : null;
    const next = controls(part);
    for (const [key, control] of controls(old)) {
      const fresh = next.get(key);
      if (!fresh) continue;
      if (control.type === "file") {
        // A chosen file cannot be drawn again.
        if (control.files.length) fresh.replaceWith(control);
      } else if (!rowsMoved && !fresh.disabled && sent.has(key) && state(control) !== sent.get(key)) {
        // What was typed while the answer was on its way stays; it is sent next.
        restore(fresh, control);
      }
    }
    old.replaceWith(part);
    lookups(form);
    const again = active && active.id ? document.getElementById(active.id) : null;
    if (again) {
      again.focus();
      if (place !== null) safely(() => again.setSelectionRange(place, place));
    }
    const first = part.querySelector("[role=alert]");
    if (first) first.scrollIntoView({ block: "nearest" });
  };

  const safely = (work) => {
    try {
      return work();
    } catch {
      return null;
    }
  };

  const tell = (form, text) => {
    const note = document.createElement("p");
    note.className = "refusal";
    note.setAttribute("role", "alert");
    note.textContent = text;
    form.querySelector("#part").prepend(note);
  };

  // Shows the search above each lookup, and asks for what fits while the user types.
  const lookups = (form) => {
    for (const lookup of form.querySelectorAll(".lookup")) {
      const search = lookup.querySelector("input[type=search]");
      const select = lookup.querySelector("select");
      if (!search || search.dataset.ready) continue;
      search.dataset.ready = "1";
      search.hidden = false;
      let wait = 0;
      search.addEventListener("keydown", (event) => {
        if (event.key === "Enter") event.preventDefault();
      });
      const chosen = () => [...select.selectedOptions].map((option) => option.value).filter(Boolean).join(",");
      select.addEventListener("change", () => clearTimeout(wait));
      search.addEventListener("input", () => {
        clearTimeout(wait);
        wait = setTimeout(async () => {
          const before = chosen();
          const query = new URLSearchParams({ q: search.value, chosen: before });
          const answer = await fetch(`${lookup.dataset.search}&${query}`);
          const options = await answer.text();
          // What was chosen while the answer was on its way stays chosen.
          if (answer.ok && chosen() === before) select.innerHTML = options;
        }, 150);
      });
    }
  };

  start();
})();
