// Signs in and goes on to where the reader wanted to go: a path of this site, nothing else.
"use strict";
(() => {
  const form = document.getElementById("form");
  const told = document.getElementById("told");
  const query = new URLSearchParams(location.search);

  function sentence(text) {
    return form.dataset.lang === "zh" ? text + "\u3002" : text[0].toUpperCase() + text.slice(1) + ". ";
  }

  // The whole address: a path of its own may begin with two slashes, and then names another site.
  function onward() {
    try {
      const wanted = new URL(query.get("next") || "/", location.origin);
      return wanted.origin === location.origin ? wanted.href : "/";
    } catch {
      return "/";
    }
  }

  for (const link of document.querySelectorAll("#other, #provider")) {
    const to = new URL(link.href);
    if (query.has("next")) to.searchParams.set("next", query.get("next"));
    link.href = to.href;
  }

  // A browser keeps the cookie of a session only where nobody on the way can read it.
  if (!window.isSecureContext) told.textContent = form.dataset.plain;

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = form.querySelector("button");
    button.disabled = true;
    told.textContent = form.dataset.wait;
    try {
      const answer = await fetch("/v1/login", {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ name: form.elements.name.value.trim(), password: form.elements.password.value }),
      });
      if (answer.ok) {
        location.assign(onward());
        return;
      }
      const problem = await answer.json();
      const lang = form.dataset.lang;
      told.textContent = [problem[lang], ...problem.errors.map((e) => e["mend_" + lang])].map(sentence).join("");
      form.elements.password.select();
    } catch {
      told.textContent = form.dataset.lost;
    }
    button.disabled = false;
  });
})();
