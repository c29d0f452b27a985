// Twin of pages.dg: reads 16,000 deals page by page, merges, joins, aggregates and sorts them.
"use strict";

const TOTALS = { Accounts: 1500, Contacts: 5000, Deals: 16000, Deal_Details: 16000 };

function two(number) {
  return String(number).padStart(2, "0");
}

function grouped(number) {
  return String(number).replace(/\B(?=(\d{3})+$)/g, ",");
}

function accountOf(number) {
  const mix = ((number * 7919 + 11) * 16807) % 2147483647;
  const industries = ["Banking", "Energy", "Health", "Retail", "Software"];
  const address = { city: "City " + (mix % 90), country: ["DE", "FR", "IT", "US"][mix % 4] };
  return { id: "A" + number, Account_Name: "Account " + number, Industry: industries[mix % 5], Address: address, Active: mix % 10 !== 0 };
}

function contactOf(number) {
  const mix = ((number * 104729 + 5) * 16807) % 2147483647;
  const contact = { id: "C" + number, Full_Name: "Contact " + number, Account: { id: "A" + (mix % 1500), name: "Account " + (mix % 1500) } };
  if (mix % 6 !== 0) contact.Email = `contact${number}@example.com`;
  return contact;
}

function dealOf(number) {
  const mix = ((number * 15485863 + 3) * 16807) % 2147483647;
  const stages = ["1 Qualification", "2 Proposal", "3 Negotiation", "4 Won", "5 Lost"];
  return {
    id: "D" + number,
    Deal_Name: "Deal " + number,
    Stage: stages[mix % 5],
    Amount: mix % 250000,
    Account_Name: { id: "A" + (mix % 1600), name: "Account " + (mix % 1600) },
    Contact_Name: mix % 7 === 0 ? null : { id: "C" + (mix % 5000) },
    Owner: { id: 500 + (mix % 12), name: "Owner " + (mix % 12), email: `owner${mix % 12}@example.com` },
  };
}

function detailOf(number) {
  const mix = ((number * 32452843 + 9) * 16807) % 2147483647;
  const products = [];
  for (const position of [1, 2, 3]) {
    if (mix % (position + 1) === 0) {
      const code = (mix * position) % 40;
      products.push({ product: { code: "P" + code, name: "Product " + code }, quantity: 1 + (mix % 9), price: 10 + (mix % 490) });
    }
  }
  return { id: "D" + number, Probability: (mix % 10) * 10, Products: products, Modified_Time: `2025-${two(1 + (mix % 11))}-${two(1 + (mix % 28))}` };
}

const MAKERS = { Accounts: accountOf, Contacts: contactOf, Deals: dealOf, Deal_Details: detailOf };

function getRecords(module, page, perPage) {
  const total = TOTALS[module];
  const first = (page - 1) * perPage;
  const count = Math.min(total - first, perPage);
  if (count <= 0) return { data: [], info: { page, count: 0, more_records: false } };
  const data = [];
  for (let i = 0; i < count; i++) data.push(MAKERS[module](first + i));
  return { data, info: { page, per_page: perPage, count, more_records: first + count < total } };
}

function fetchAll(module) {
  const records = [];
  for (let page = 1; ; page++) {
    const response = getRecords(module, page, 200);
    records.push(...response.data);
    if (!response.info.more_records) return records;
  }
}

function byId(records) {
  return new Map(records.map((record) => [record.id, record]));
}

const accounts = byId(fetchAll("Accounts"));
const contacts = byId(fetchAll("Contacts"));
const details = byId(fetchAll("Deal_Details"));

const rows = [];
let orphans = 0;
let withoutMail = 0;
for (const deal of fetchAll("Deals")) {
  Object.assign(deal, details.get(deal.id));
  const account = accounts.get(deal.Account_Name.id);
  if (!account) {
    orphans++;
    continue;
  }
  const mail = contacts.get(deal.Contact_Name?.id)?.Email ?? "";
  if (mail === "") withoutMail++;
  rows.push({
    id: deal.id,
    account: account.Account_Name,
    industry: account.Industry,
    country: account.Address.country,
    stage: deal.Stage,
    amount: deal.Amount,
    probability: deal.Probability,
    owner: deal.Owner.name,
    modified: deal.Modified_Time,
    products: deal.Products,
    mail,
  });
}
console.log(`${rows.length} deals joined, ${orphans} without an account, ${withoutMail} without a mail address`);

const report = {};
const owners = {};
const productSums = {};
for (const row of rows) {
  const industry = (report[row.industry] ??= {});
  const cell = (industry[row.stage] ??= { count: 0, amount: 0, weighted: 0, countries: { DE: 0, FR: 0, IT: 0, US: 0 } });
  cell.count++;
  cell.amount += row.amount;
  cell.weighted += row.amount * row.probability;
  cell.countries[row.country]++;
  const owner = (owners[row.owner] ??= { won: 0, lost: 0, open: 0 });
  owner[row.stage === "4 Won" ? "won" : row.stage === "5 Lost" ? "lost" : "open"] += row.amount;
  for (const item of row.products) {
    const code = item.product.code;
    productSums[code] = (productSums[code] ?? 0) + item.quantity * item.price;
  }
}
for (const industry of Object.keys(report).sort()) {
  console.log(industry);
  for (const stage of Object.keys(report[industry]).sort()) {
    const cell = report[industry][stage];
    const weighted = `${grouped(Math.floor(cell.weighted / 100))}.${two(cell.weighted % 100)}`;
    console.log(`  ${stage}: ${cell.count} deals, ${grouped(cell.amount)}, weighted ${weighted}, ${JSON.stringify(cell.countries)}`);
  }
}
for (const owner of Object.keys(owners).sort()) console.log(`${owner}: ${JSON.stringify(owners[owner])}`);

function descending(a, b) {
  return a < b ? 1 : a > b ? -1 : 0;
}

const ranking = rows.filter((row) => row.stage === "3 Negotiation" && row.mail);
ranking.sort((a, b) => descending(a.modified, b.modified) || b.amount - a.amount || descending(a.id, b.id));
console.log(`${ranking.length} in negotiation, latest first:`);
for (const row of ranking.slice(0, 10)) {
  console.log(`  ${row.modified} ${row.id} ${row.account} (${row.country}) ${grouped(row.amount)} ${row.mail} ${row.products.length}`);
}
const best = Object.entries(productSums).sort((a, b) => b[1] - a[1] || descending(a[0], b[0]));
for (const [code, amount] of best.slice(0, 5)) console.log(`${code}: ${grouped(amount)}`);

const updates = rows
  .filter((row) => row.probability >= 70)
  .map((row) => ({ id: row.id, Contact_Mail: row.mail, Forecast: { owner: row.owner, amount: row.amount } }));
let characters = 0;
let batches = 0;
for (let start = 0; start < updates.length; start += 100) {
  characters += JSON.stringify({ data: updates.slice(start, start + 100) }).length;
  batches++;
}
console.log(`${batches} batches with ${characters} characters`);
