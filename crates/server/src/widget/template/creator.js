// What a widget of Creator does: it asks where it runs, and calls custom APIs, which are functions. The SDK cannot call a
// connection by itself: a function does.
"use strict";

const about = document.getElementById("about");
const answer = document.getElementById("answer");

// Shows what a call gives, or why it was refused.
async function show(work) {
  try {
    answer.textContent = await work();
  } catch (failure) {
    answer.textContent = `Not done: ${failure?.message ?? failure}`;
  }
}

// Calls a custom API; on this machine it is the function of that name.
async function custom(api_name, payload = {}) {
  const called = await ZOHO.CREATOR.DATA.invokeCustomApi({
    api_name, http_method: "POST", content_type: "application/json", payload,
  });
  return called.result;
}

document.getElementById("run").addEventListener("click", () => show(() => custom("greet", { name: "Creator" })));
document.getElementById("call").addEventListener("click", () => show(() => custom("ask_mailchimp")));

ZOHO.CREATOR.UTIL.getInitParams().then(({ appLinkName }) => {
  about.textContent = appLinkName ? `Opened in the application ${appLinkName}.` : "Opened in no application.";
});
