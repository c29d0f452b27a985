// Twin of invoices.dg: bills 20,000 orders. JavaScript has no decimals: amounts are whole cents, quantities quarters of a unit
// and discounts tenths of a percent, which all stay exact. Dates are UTC midnights.
"use strict";

const DAY = 86400000;
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const WEEKDAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];

// a / b as a whole number, halves up.
function divide(a, b) {
  return Math.floor((2 * a + b) / (2 * b));
}

function money(cents) {
  const units = String(Math.floor(cents / 100)).replace(/\B(?=(\d{3})+$)/g, ",");
  return units + "." + String(cents % 100).padStart(2, "0");
}

function dayText(date) {
  return date.toISOString().slice(0, 10);
}

function longDay(date) {
  return `${String(date.getUTCDate()).padStart(2, "0")} ${MONTHS[date.getUTCMonth()]} ${date.getUTCFullYear()}`;
}

function addDays(date, days) {
  return new Date(date.getTime() + days * DAY);
}

function makeLine(item, quarters, discount) {
  const gross = divide(item.price * quarters, 4);
  const reduction = divide(gross * discount, 1000);
  return { name: item.name, quarters, price: item.price, discount, rate: item.rate, net: gross - reduction };
}

function totals(lines) {
  const netByRate = new Map();
  let net = 0;
  for (const line of lines) {
    netByRate.set(line.rate, (netByRate.get(line.rate) ?? 0) + line.net);
    net += line.net;
  }
  const taxes = new Map();
  let tax = 0;
  for (const [rate, sum] of netByRate) {
    const amount = divide(sum * rate, 100);
    taxes.set(rate, amount);
    tax += amount;
  }
  return { net, tax, gross: net + tax, taxes };
}

function dueDate(issued, terms) {
  let due;
  if (terms === "EOM") due = new Date(Date.UTC(issued.getUTCFullYear(), issued.getUTCMonth() + 2, 0));
  else due = addDays(issued, Number(terms.slice("NET".length)));
  const weekday = due.getUTCDay();
  if (weekday === 6) due = addDays(due, 2);
  else if (weekday === 0) due = addDays(due, 1);
  return due;
}

function bucket(overdue) {
  if (overdue <= 0) return "not due";
  if (overdue <= 30) return "1-30 days";
  if (overdue <= 60) return "31-60 days";
  if (overdue <= 90) return "61-90 days";
  return "over 90 days";
}

function makeInvoices() {
  const rates = [19, 7, 0];
  const items = [];
  for (let n = 0; n < 60; n++) {
    items.push({ name: "Item " + (n + 1), price: 995 + ((n * 1237) % 9001), rate: rates[n % 3] });
  }
  const discounts = [0, 25, 50, 125];
  const termsList = ["NET14", "NET30", "EOM", "NET60"];
  const halves = [0, 2, 1, 2];
  const start = new Date(Date.UTC(2025, 0, 2));
  const invoices = [];
  let seed = 19;
  for (let orderNo = 0; orderNo < 20000; orderNo++) {
    seed = (seed * 16807) % 2147483647;
    const lines = [];
    const count = 2 + (seed % 5);
    for (let lineNo = 0; lineNo < count; lineNo++) {
      seed = (seed * 16807) % 2147483647;
      lines.push(makeLine(items[seed % 60], 1 + (seed % 41), discounts[seed % 4]));
    }
    const issued = addDays(start, seed % 330);
    const terms = termsList[(seed % 11) % 4];
    const invoice = totals(lines);
    const day = dayText(issued);
    invoice.number = `INV-${day.slice(2, 4)}${day.slice(5, 7)}-${String(orderNo + 1).padStart(5, "0")}`;
    invoice.customer = "Customer " + (seed % 150);
    invoice.issued = issued;
    invoice.terms = terms;
    invoice.due = dueDate(issued, terms);
    invoice.lines = lines;
    invoice.paid = divide(invoice.gross * halves[(seed % 13) % 4], 2);
    invoices.push(invoice);
  }
  return invoices;
}

const asOf = new Date(Date.UTC(2025, 10, 28));
const invoices = makeInvoices();
const months = new Map();
const taxes = new Map();
const buckets = new Map();
const customers = new Map();
const reminders = [];
for (const invoice of invoices) {
  const month = dayText(invoice.issued).slice(0, 7);
  const sums = months.get(month) ?? { count: 0, net: 0, tax: 0, gross: 0 };
  sums.count++;
  for (const field of ["net", "tax", "gross"]) sums[field] += invoice[field];
  months.set(month, sums);
  for (const [rate, amount] of invoice.taxes) taxes.set(rate, (taxes.get(rate) ?? 0) + amount);
  const open = invoice.gross - invoice.paid;
  if (open === 0) continue;
  let overdue = 0;
  let interest = 0;
  if (invoice.due < asOf) {
    overdue = Math.round((asOf - invoice.due) / DAY);
    interest = divide(open * 9 * overdue, 36500);
  }
  const age = bucket(overdue);
  const ageing = buckets.get(age) ?? { count: 0, open: 0, interest: 0 };
  ageing.count++;
  ageing.open += open;
  ageing.interest += interest;
  buckets.set(age, ageing);
  customers.set(invoice.customer, (customers.get(invoice.customer) ?? 0) + open);
  if (overdue > 60) {
    reminders.push(`${dayText(invoice.due)} ${invoice.number} ${invoice.customer}: ${money(open)} + ${money(interest)}`);
  }
}

for (const month of [...months.keys()].sort()) {
  const sums = months.get(month);
  console.log(`${month}: ${sums.count} invoices, net ${money(sums.net)}, tax ${money(sums.tax)}, gross ${money(sums.gross)}`);
}
for (const rate of [...taxes.keys()].sort((a, b) => a - b)) console.log(`tax at ${rate} %: ${money(taxes.get(rate))}`);
for (const age of ["not due", "1-30 days", "31-60 days", "61-90 days", "over 90 days"]) {
  const ageing = buckets.get(age) ?? { count: 0, open: 0, interest: 0 };
  console.log(`${age}: ${ageing.count} invoices, open ${money(ageing.open)}, interest ${money(ageing.interest)}`);
}
console.log("largest debtors:");
const ranking = [...customers].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? 1 : -1));
for (const [customer, amount] of ranking.slice(0, 5)) console.log(`  ${customer} ${money(amount)}`);
console.log("reminders: " + reminders.length);
for (const reminder of reminders.sort().slice(0, 5)) console.log("  " + reminder);
for (const number of [0, 1]) {
  const invoice = invoices[number * 4711];
  const due = `${WEEKDAYS[invoice.due.getUTCDay()]}, ${longDay(invoice.due)}`;
  console.log(`${invoice.number} of ${longDay(invoice.issued)}, due ${due} (${invoice.terms})`);
  for (const line of invoice.lines) {
    const quantity = (line.quarters / 4).toFixed(2);
    const discount = (line.discount / 10).toFixed(1);
    console.log(`  ${line.name}: ${quantity} x ${money(line.price)} - ${discount} % = ${money(line.net)}`);
  }
  console.log(`  net ${money(invoice.net)}, tax ${money(invoice.tax)}, to pay ${money(invoice.gross)}`);
}
