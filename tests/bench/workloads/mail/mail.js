// Twin of mail.dg: writes the weekly report of 250 sales people. Amounts are whole cents.
"use strict";

const MONTHS = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];
const WEEKDAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const TEMPLATE = `<!DOCTYPE html>
<html><head><meta charset="utf-8"><title>{{subject}}</title></head>
<body style="font-family:sans-serif">
<p>Hello {{name}},</p>
<p>{{count}} deals worth {{total}} are yours this week.</p>
{{tables}}<p style="color:#888">Sent to {{mail}} on {{date}}.</p>
</body></html>
`;

function escape(value) {
  return value.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}

function money(cents) {
  const units = String(Math.floor(cents / 100)).replace(/\B(?=(\d{3})+$)/g, ",");
  return `${units}.${String(cents % 100).padStart(2, "0")} EUR`;
}

// A part of a URL in the way of forms: blanks as +, and without the marks that encodeURIComponent leaves alone.
function encodeForm(value) {
  return encodeURIComponent(value)
    .replace(/[!'()~]/g, (mark) => "%" + mark.charCodeAt(0).toString(16).toUpperCase())
    .replaceAll("%20", "+");
}

function dayText(date, monthName) {
  return `${String(date.getUTCDate()).padStart(2, "0")} ${monthName} ${date.getUTCFullYear()}`;
}

// Weeks begin on Sunday, and week 1 is the one that holds 1 January.
function weekOfYear(date) {
  const first = new Date(Date.UTC(date.getUTCFullYear(), 0, 1));
  const days = Math.round((date - first) / 86400000);
  return Math.floor((days + first.getUTCDay()) / 7) + 1;
}

function row(deal, position) {
  const shade = position % 2 === 0 ? "#ffffff" : "#f4f6f8";
  let html = `<tr style="background:${shade}">`;
  html += `<td><a href="https://crm.example.com/deals/${deal.id}?from=mail&amp;q=${encodeForm(deal.Account)}">`;
  html += `${escape(deal.Name)}</a></td>`;
  html += `<td>${escape(deal.Account)}</td>`;
  html += `<td align="right">${money(deal.Amount)}</td>`;
  html += `<td>${dayText(deal.Closing, MONTHS[deal.Closing.getUTCMonth()].slice(0, 3))}</td>`;
  html += `<td>${escape(deal.Note ?? "-")}</td>`;
  return html + "</tr>\n";
}

function stageTable(stage, deals) {
  let html = `<h2>${escape(stage)}</h2>\n<table cellpadding="4">\n<tr><th>Deal</th><th>Account</th><th>Amount</th><th>Closes</th><th>Note</th></tr>\n`;
  let sum = 0;
  deals.forEach((deal, position) => {
    html += row(deal, position);
    sum += deal.Amount;
  });
  html += `<tr><td colspan="2"><b>${deals.length} deals</b></td><td align="right"><b>${money(sum)}</b></td><td colspan="2"></td></tr>\n`;
  return html + "</table>\n";
}

function plainText(html) {
  let plain = html.replace(/<\/(td|th)>/g, " | ").replace(/<[^>]+>/g, "");
  plain = plain.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&quot;", '"').replaceAll("&amp;", "&");
  return plain.split("\n").map((line) => line.trim()).filter((line) => line !== "").join("\n");
}

function dealsOf(seed, count) {
  const accounts = ["Nordwind & Söhne", 'Łódź "Dom" Sp. z o.o.', "<b>Bold</b> Ltd", "O'Neill Partners", "Café Zoë", "Plain Trading"];
  const stages = ["Qualification", "Proposal / Price Quote", "Negotiation <Legal>", "Closed Won"];
  const notes = [null, "Call back on Monday", "Wants 5 < x < 10 seats & a discount", 'See "Terms", part 2'];
  const deals = [];
  for (let number = 0; number < count; number++) {
    seed = (seed * 16807) % 2147483647;
    deals.push({
      id: seed,
      Name: `Deal ${number + 1}` + (seed % 9 === 0 ? " (R&D)" : ""),
      Account: accounts[seed % 6],
      Stage: stages[(seed % 7) % 4],
      Amount: seed % 9000000,
      Closing: new Date(Date.UTC(2025, 11, 1 + (seed % 90))),
      Note: notes[(seed % 5) % 4],
    });
  }
  return deals;
}

function count(text, part) {
  return text.split(part).length - 1;
}

const today = new Date(Date.UTC(2025, 10, 28));
const mails = [];
let rowCount = 0;
for (let personNo = 0; personNo < 250; personNo++) {
  const name = `Person ${personNo + 1}` + (personNo % 10 === 0 ? " <Lead>" : "");
  const deals = dealsOf(personNo + 1, personNo === 0 ? 5 : 80 + (personNo % 40));
  const byStage = new Map();
  let total = 0;
  for (const deal of deals) {
    const inStage = byStage.get(deal.Stage);
    if (inStage) inStage.push(deal);
    else byStage.set(deal.Stage, [deal]);
    total += deal.Amount;
  }
  let tables = "";
  for (const stage of [...byStage.keys()].sort()) tables += stageTable(stage, byStage.get(stage));
  rowCount += deals.length;
  const address = `person${personNo + 1}@example.com`;
  const subject = `Pipeline of ${name}, week ${weekOfYear(today)}`;
  const values = {
    subject: escape(subject),
    name: escape(name),
    count: deals.length,
    total: money(total),
    mail: address,
    date: `${WEEKDAYS[today.getUTCDay()]}, ${dayText(today, MONTHS[today.getUTCMonth()])}`,
    tables,
  };
  let html = TEMPLATE;
  // A function, since "$" in a replacement text would have a meaning of its own.
  for (const [key, value] of Object.entries(values)) html = html.replaceAll(`{{${key}}}`, () => String(value));
  mails.push({ to: address, subject, html, text: plainText(html) });
}

let htmlLength = 0;
let textLength = 0;
let entities = 0;
let links = 0;
let longest = mails[0];
for (const mail of mails) {
  htmlLength += mail.html.length;
  textLength += mail.text.length;
  entities += count(mail.html, "&amp;") + count(mail.html, "&lt;") + count(mail.html, "&quot;");
  links += count(mail.html, "<a href=");
  if (mail.html.length > longest.html.length) longest = mail;
}
console.log(`${mails.length} mails with ${rowCount} rows and ${links} links`);
console.log(`HTML: ${htmlLength} characters, text: ${textLength} characters, entities: ${entities}`);
console.log(`longest: ${longest.subject} with ${longest.html.length}`);
const first = mails[0];
console.log(`${first.to}: ${first.subject}`);
console.log(first.html);
console.log(first.text);
