// The search of the manual. It runs in the page, also when the page is a file: no server, no network.
"use strict";
(() => {
  const root = document.currentScript.dataset.root;
  const most = 30;

  // How well an entry fits: the name of a function before a heading with it, before a text with it. Every word must be there.
  const score = (entry, words, whole) => {
    const [page, heading, , text] = entry.low;
    let sum = heading === whole ? 200 : 0;
    for (const word of words) {
      if (heading === word || heading.split(/[^\p{L}\p{N}_-]+/u).includes(word)) sum += 60;
      else if (heading.startsWith(word)) sum += 40;
      else if (heading.includes(word)) sum += 20;
      else if (page.includes(word)) sum += 8;
      else if (text.includes(word)) sum += 2;
      else return 0;
    }
    return sum - Math.min(heading.length, 60) / 100;
  };

  const find = (index, query) => {
    const whole = query.trim().toLowerCase();
    const words = whole.split(/\s+/).filter(Boolean);
    if (words.length === 0) return { words, found: [], count: 0 };
    const hits = [];
    index.forEach((entry, at) => {
      entry.low ??= entry.map((part) => part.toLowerCase());
      const points = score(entry, words, whole);
      if (points > 0) hits.push({ entry, points, at });
    });
    hits.sort((a, b) => b.points - a.points || a.at - b.at);
    return { words, found: hits.slice(0, most).map((hit) => hit.entry), count: hits.length };
  };

  // The part of a text around the first word that was found.
  const around = (text, words) => {
    const low = text.toLowerCase();
    const places = words.map((word) => low.indexOf(word)).filter((at) => at >= 0);
    const start = places.length ? Math.max(0, Math.min(...places) - 40) : 0;
    return (start > 0 ? "…" : "") + text.slice(start, start + 140) + (text.length > start + 140 ? "…" : "");
  };

  // A text with the words marked; only text is put in, never markup.
  const marked = (text, words) => {
    const part = document.createDocumentFragment();
    const low = text.toLowerCase();
    let at = 0;
    while (at < text.length) {
      let next = -1, length = 0;
      for (const word of words) {
        const place = low.indexOf(word, at);
        if (place >= 0 && (next < 0 || place < next)) { next = place; length = word.length; }
      }
      if (next < 0) break;
      part.append(text.slice(at, next));
      const mark = document.createElement("mark");
      mark.textContent = text.slice(next, next + length);
      part.append(mark);
      at = next + length;
    }
    part.append(text.slice(at));
    return part;
  };

  const field = document.getElementById("search");
  const list = document.getElementById("found");
  const count = document.getElementById("count");
  field.parentElement.hidden = false;
  let chosen = -1;

  let loading = null;
  const load = () => loading ??= new Promise((done) => {
    const script = document.createElement("script");
    script.src = root + "search.js";
    script.onload = () => done(window.manualIndex);
    script.onerror = () => { count.classList.remove("sr"); count.textContent = "The file search.js is missing."; };
    document.head.append(script);
  });

  const close = () => {
    list.hidden = true;
    field.setAttribute("aria-expanded", "false");
    field.removeAttribute("aria-activedescendant");
    chosen = -1;
  };

  const choose = (at) => {
    const options = [...list.querySelectorAll("[role=option]")];
    if (options.length === 0) return;
    chosen = (at + options.length) % options.length;
    options.forEach((item, i) => item.setAttribute("aria-selected", String(i === chosen)));
    field.setAttribute("aria-activedescendant", options[chosen].id);
    options[chosen].scrollIntoView({ block: "nearest" });
  };

  const show = async () => {
    const index = await load();
    const { words, found, count: all } = find(index, field.value);
    if (words.length === 0) return close();
    list.replaceChildren(...found.map((entry, at) => {
      const [page, heading, address, text] = entry;
      const item = document.createElement("li");
      item.id = "found-" + at;
      item.setAttribute("role", "option");
      item.setAttribute("aria-selected", "false");
      const link = document.createElement("a");
      link.href = root + address;
      link.tabIndex = -1;
      const title = document.createElement("b");
      title.append(marked(heading, words));
      const where = document.createElement("span");
      where.className = "soft";
      where.textContent = page === heading ? "" : page;
      const piece = document.createElement("small");
      piece.append(marked(around(text, words), words));
      link.append(title, " ", where, piece);
      link.addEventListener("click", () => {
        field.value = "";
        field.blur();
        close();
      });
      item.append(link);
      return item;
    }));
    if (found.length === 0) {
      const item = document.createElement("li");
      item.className = "none";
      item.textContent = "Nothing has all of these words.";
      list.append(item);
    }
    count.textContent = all === 1 ? "1 place" : all + " places";
    list.hidden = false;
    field.setAttribute("aria-expanded", "true");
    chosen = -1;
    if (found.length) choose(0);
  };

  field.addEventListener("focus", load);
  field.addEventListener("input", show);
  field.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown") { choose(chosen + 1); event.preventDefault(); }
    else if (event.key === "ArrowUp") { choose(chosen - 1); event.preventDefault(); }
    else if (event.key === "Escape") { field.value = ""; close(); }
    else if (event.key === "Enter") {
      list.querySelector("[aria-selected=true] a")?.click();
      event.preventDefault();
    }
  });
  document.addEventListener("keydown", (event) => {
    const typing = /^(INPUT|TEXTAREA|SELECT)$/.test(document.activeElement?.tagName ?? "");
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey) { field.focus(); event.preventDefault(); }
  });
  document.addEventListener("click", (event) => {
    if (!field.parentElement.contains(event.target)) close();
  });
})();
