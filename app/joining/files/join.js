// Takes the token out of the address, where nothing of it was sent to the server, and sends it with a password.
"use strict";

const token = location.hash.slice(1);
history.replaceState(null, "", location.pathname);
const form = document.getElementById("join");
const told = document.getElementById("told");
const WAYS = {
  401: "This server does not let you in here.",
  503: "Forge is not ready just now. Try again in a moment.",
};

function tell(text, refused) {
  told.textContent = text;
  told.classList.toggle("refused", Boolean(refused));
}

async function reason(answer) {
  if (answer.status === 404) {
    form.hidden = true;
    return "This link is no good: it was used already, it is too old, or a newer one was sent. Ask for another one.";
  }
  if (answer.status === 429) return `Too many tries. Wait ${answer.headers.get("retry-after")} seconds, then try again.`;
  const body = await answer.json().catch(() => null);
  return WAYS[answer.status] || (body && body.error && body.error.message) || `It did not work (${answer.status}).`;
}

async function join() {
  const sent = { token, password: form.elements.password.value };
  const name = form.elements.name.value.trim();
  if (name) sent.name = name;
  const answer = await fetch("api/v1/invitations/accept", {
    method: "POST",
    headers: { "content-type": "application/json", accept: "application/json" },
    body: JSON.stringify(sent),
    credentials: "omit",
    referrerPolicy: "no-referrer",
  });
  if (!answer.ok) throw new Error(await reason(answer));
  const joined = (await answer.json()).data;
  form.reset();
  form.hidden = true;
  tell(`Welcome, ${joined.name}. Your password is set; your address is ${joined.email}. You can close this page.`);
}

form.elements.shown.addEventListener("change", (event) => {
  form.elements.password.type = event.target.checked ? "text" : "password";
});

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const button = form.querySelector("button");
  button.disabled = true;
  tell("One moment …");
  try {
    await join();
  } catch (error) {
    tell(error instanceof TypeError ? "Forge cannot be reached. Try again in a moment." : error.message, true);
  } finally {
    button.disabled = false;
  }
});

if (token) form.hidden = false;
else tell("There is no invitation in this address. Open the link that you were sent once more, whole.", true);
