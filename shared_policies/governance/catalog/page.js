(() => {
  "use strict";
  const one = (selector, within = document) => within.querySelector(selector);
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const fold = (text) => text.toLowerCase().normalize("NFKD").replace(/\p{M}/gu, "");

  const OPENED_AT_ONCE = 4;
  const articles = all("article");
  const texts = new Map(articles.map((article) => [article, fold(article.textContent)]));
  const rows = new Map(
    articles.map((article) => [article, all(".columns tbody tr", article).map((row) => [row, fold(row.textContent)])])
  );
  const search = one("#search");
  const noun = one("#found").textContent.replace(/^\d+ /, "");
  const chosen = { domain: new Set(), state: new Set() };

  const matches = (article, words) =>
    words.every((word) => texts.get(article).includes(word)) &&
    Object.entries(chosen).every(([name, values]) => !values.size || values.has(article.dataset[name]));

  const update = () => {
    const words = fold(search.value).split(/\s+/).filter(Boolean);
    const found = new Set(articles.filter((article) => matches(article, words)));
    const count = found.size;
    for (const article of articles) {
      const shown = found.has(article);
      article.hidden = !shown;
      for (const twin of all(`[data-for="${CSS.escape(article.id)}"]`)) twin.hidden = !shown;
      for (const node of all(`[data-port="${CSS.escape(article.id)}"]`)) node.classList.toggle("faded", !shown);
      markColumns(article, words, count <= OPENED_AT_ONCE);
    }
    one("#found").textContent = count === articles.length ? `${count} ${noun}` : `${count} of ${articles.length} ${noun}`;
    one("#nothing").hidden = count > 0;
    // What was found comes first while somebody searches.
    const overview = one(".overview");
    if (overview) overview.hidden = words.length > 0;
  };

  const markColumns = (article, words, mayOpen) => {
    let hits = 0;
    for (const [row, text] of rows.get(article)) {
      const hit = words.join("").length > 2 && words.every((word) => text.includes(word));
      row.classList.toggle("hit", hit);
      hits += hit;
    }
    const columns = one(".columns", article);
    if (columns && hits && mayOpen && !columns.open) {
      columns.open = true;
      columns.dataset.opened = "";
    } else if (columns && !(hits && mayOpen) && "opened" in columns.dataset) {
      columns.open = false;
      delete columns.dataset.opened;
    }
  };

  search.addEventListener("input", update);
  for (const chip of all(".chip")) {
    chip.addEventListener("click", () => {
      const values = chosen[chip.dataset.filter];
      const pressed = !values.delete(chip.dataset.value);
      if (pressed) values.add(chip.dataset.value);
      chip.setAttribute("aria-pressed", String(pressed));
      update();
    });
  }

  const clear = () => {
    search.value = "";
    for (const chip of all('.chip[aria-pressed="true"]')) chip.click();
    update();
  };
  one("#clear").addEventListener("click", () => {
    clear();
    search.focus();
  });

  const step = (by) => {
    const shown = articles.filter((article) => !article.hidden);
    const here = shown.indexOf(document.activeElement.closest("article"));
    const next = shown[Math.min(Math.max(here + by, 0), shown.length - 1)];
    if (!next) return;
    next.focus({ preventScroll: true });
    next.scrollIntoView({ block: "start" });
  };

  const keys = {
    "/": () => search.focus(),
    j: () => step(1),
    k: () => step(-1),
    t: () => one("#theme").click(),
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape") {
      clear();
      document.activeElement.blur();
      return;
    }
    if (/^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName)) return;
    if (event.key === "Enter" && event.target.tagName === "ARTICLE") {
      const columns = one(".columns", event.target);
      if (columns) columns.open = !columns.open;
    } else if (keys[event.key]) {
      event.preventDefault();
      keys[event.key]();
    }
  });

  for (const node of all(".lineage .node")) {
    const port = node.dataset.port;
    const joined = all(".lineage .edge").filter((edge) => edge.dataset.from === port || edge.dataset.to === port);
    const light = (on) => {
      for (const edge of joined) edge.classList.toggle("lit", on);
    };
    for (const name of ["mouseenter", "focus"]) node.addEventListener(name, () => light(true));
    for (const name of ["mouseleave", "blur"]) node.addEventListener(name, () => light(false));
  }

  for (const button of all(".copy")) {
    button.addEventListener("click", async () => {
      const code = one("code", button.parentElement);
      try {
        await navigator.clipboard.writeText(code.textContent);
        button.textContent = "Copied";
      } catch {
        // Without permission the text is selected, ready for the reader's own copy.
        getSelection().selectAllChildren(code);
        button.textContent = "Selected";
      }
      setTimeout(() => (button.textContent = "Copy"), 1500);
    });
  }

  const ago = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
  for (const time of all("time[datetime]")) {
    const minutes = (new Date(time.dateTime) - Date.now()) / 60000;
    const [size, unit] = [[1440, "day"], [60, "hour"], [1, "minute"]].find(([size]) => Math.abs(minutes) >= size) ?? [1, "minute"];
    time.title = time.textContent;
    time.textContent = ago.format(Math.round(minutes / size), unit);
  }

  const remembered = { get: () => localStorage.getItem("theme"), set: (value) => localStorage.setItem("theme", value) };
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const wear = (theme) => (document.documentElement.dataset.theme = theme);
  try {
    if (remembered.get()) wear(remembered.get());
  } catch {
    // A browser may refuse storage to local files; the theme then follows the system.
  }
  one("#theme").addEventListener("click", () => {
    const now = document.documentElement.dataset.theme ?? (dark.matches ? "dark" : "light");
    wear(now === "dark" ? "light" : "dark");
    try {
      remembered.set(document.documentElement.dataset.theme);
    } catch {
      // As above.
    }
  });
})();
