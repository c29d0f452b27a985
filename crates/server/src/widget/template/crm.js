// What a widget of CRM does: it reads the record that its page is opened for, runs a function, and calls a connection.
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

// Who is greeted: the name of the record, once it is known.
let who = "world";

// Listeners come first: the page is told of its record as soon as it begins.
ZOHO.embeddedApp.on("PageLoad", async ({ Entity, EntityId }) => {
  const RecordID = [EntityId].flat()[0];
  if (!RecordID) {
    about.textContent = `Opened in ${Entity}, for no record.`;
    return;
  }
  const found = await ZOHO.CRM.API.getRecord({ Entity, RecordID });
  who = found.data?.[0]?.Full_Name ?? found.data?.[0]?.Last_Name ?? who;
  about.textContent = `Opened for ${who}.`;
});

document.getElementById("run").addEventListener("click", () => show(async () => {
  const ran = await ZOHO.CRM.FUNCTIONS.execute("greet", { arguments: JSON.stringify({ name: who }) });
  return ran.details.output;
}));

document.getElementById("call").addEventListener("click", () => show(async () => {
  // The connection signs the call: no key is in the widget. The manifest names it under usedConnections.
  const called = await ZOHO.CRM.CONNECTION.invoke("mailchimp", {
    url: "https://{dc}.api.mailchimp.com/3.0/ping",
    method: "GET",
    param_type: 1,
  });
  return called.details.statusMessage.health_status;
}));

ZOHO.embeddedApp.init();
