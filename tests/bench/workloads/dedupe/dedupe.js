// Twin of dedupe.dg: finds and merges the duplicates among 20,000 leads.
"use strict";

function normaliseEmail(email) {
  const cleaned = (email ?? "").trim().toLowerCase();
  if (!/^[a-z0-9._%+-]+@[a-z0-9.-]+\.[a-z]{2,}$/.test(cleaned)) return "";
  return cleaned.replace(/\+[^@]*@/, "@");
}

function normalisePhone(phone) {
  let digits = (phone ?? "").replace(/[^0-9]/g, "");
  if (digits.startsWith("00")) digits = digits.slice(2);
  if (digits.length === 10) digits = "1" + digits;
  return digits.length < 11 ? "" : digits;
}

function leadKey(lead) {
  const email = normaliseEmail(lead.Email);
  if (email) return "mail:" + email;
  const phone = normalisePhone(lead.Phone);
  if (phone) return "phone:" + phone;
  return `name:${lead.First_Name.toLowerCase()} ${lead.Last_Name.toLowerCase()}/${lead.Company.toLowerCase()}`;
}

function mergeLead(kept, other) {
  for (const field of ["Email", "Phone", "Company", "Lead_Source", "Description"]) {
    if (!kept[field] && other[field]) kept[field] = other[field];
  }
  if (other.Annual_Revenue > kept.Annual_Revenue) kept.Annual_Revenue = other.Annual_Revenue;
  for (const tag of other.Tag) {
    if (!kept.Tag.includes(tag)) kept.Tag.push(tag);
  }
  kept.Merged++;
}

function two(number) {
  return String(number).padStart(2, "0");
}

function makePages() {
  const firstNames = ["Anna", "Boris", "Chloe", "Deepak", "Elif", "Farid", "Greta", "Hugo", "Ines", "Jonas"];
  const lastNames = ["Almeida", "Brandt", "Costa", "Dubois", "Eriksen", "Fischer", "Garcia", "Hansen", "Ivanov", "Jansen", "Kumar"];
  const sources = ["Web", "Trade Show", "Referral", "Cold Call"];
  const pages = [];
  let seed = 20251127;
  let leadNo = 0;
  for (let page = 0; page < 100; page++) {
    const records = [];
    for (let row = 0; row < 200; row++) {
      seed = (seed * 16807) % 2147483647;
      const person = seed % 14000;
      seed = (seed * 16807) % 2147483647;
      const variant = seed % 6;
      const firstName = firstNames[person % 10];
      const lastName = lastNames[person % 11];
      const user = `${firstName}.${lastName}${person}`;
      const record = {
        id: "5725767000000" + (100000 + leadNo),
        First_Name: firstName,
        Last_Name: lastName,
        Company: "Company " + (person % 700),
      };
      if (person % 5 !== 0) {
        if (variant < 2) record.Email = user + "@example.com";
        else if (variant === 2) record.Email = ` ${user.toUpperCase()}@Example.com `;
        else if (variant === 3) record.Email = user + "+news@example.com";
        else record.Email = user.toLowerCase() + "@example.com";
      } else if (variant === 5) {
        record.Email = "n/a";
      }
      if (person % 13 !== 0) {
        const area = 200 + (person % 700);
        const local = 1000000 + person * 37;
        if (variant < 3) record.Phone = `+1 (${area}) ${local}`;
        else if (variant === 3) record.Phone = `001-${area}-${local}`;
        else record.Phone = `${area}.${local}`;
      }
      record.Lead_Source = variant === 4 ? null : sources[person % 4];
      record.Annual_Revenue = seed % 90001;
      record.Created_Time = `2025-${two(1 + (seed % 12))}-${two(1 + (seed % 28))}T09:30:00+01:00`;
      record.Description = variant === 1 ? 'Asked for "a quote"\nby mail' : "";
      record.Owner = { id: 41000 + (person % 8), name: "Owner " + (person % 8) };
      record.Tag = ["import", "src" + variant];
      records.push(record);
      leadNo++;
    }
    pages.push(JSON.stringify({ data: records, info: { count: records.length, more_records: leadNo < 20000 } }));
  }
  return pages;
}

const groups = new Map();
let invalid = 0;
for (const page of makePages()) {
  for (const lead of JSON.parse(page).data) {
    if ((lead.Email ?? "").trim() && !normaliseEmail(lead.Email)) invalid++;
    const key = leadKey(lead);
    const members = groups.get(key);
    if (members) members.push(lead);
    else groups.set(key, [lead]);
  }
}

const updates = [];
const sizes = new Map();
const owners = new Map();
const kinds = new Map();
let deleted = 0;
for (const [key, members] of groups) {
  const kind = key.slice(0, key.indexOf(":"));
  kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
  sizes.set(members.length, (sizes.get(members.length) ?? 0) + 1);
  if (members.length === 1) continue;
  let kept = members[0];
  for (const member of members) {
    if (member.Created_Time < kept.Created_Time) kept = member;
  }
  kept.Merged = 0;
  for (const member of members) {
    if (member.id !== kept.id) {
      mergeLead(kept, member);
      deleted++;
    }
  }
  const perOwner = owners.get(kept.Owner.name) ?? { kept: 0, revenue: 0 };
  perOwner.kept++;
  perOwner.revenue += kept.Annual_Revenue;
  owners.set(kept.Owner.name, perOwner);
  updates.push(kept);
}

console.log("leads with an unusable address: " + invalid);
console.log(`groups: ${groups.size}, found by ${[...kinds.keys()].sort().join(" ")}`);
for (const kind of [...kinds.keys()].sort()) console.log(`  ${kind}: ${kinds.get(kind)}`);
for (const size of [...sizes.keys()].sort((a, b) => a - b)) console.log(`  of ${size}: ${sizes.get(size)}`);
console.log(`updates: ${updates.length}, deletions: ${deleted}`);
for (const owner of [...owners.keys()].sort()) {
  const perOwner = owners.get(owner);
  console.log(`  ${owner}: ${perOwner.kept} leads worth ${perOwner.revenue}`);
}

let bodies = 0;
let characters = 0;
for (let start = 0; start < updates.length; start += 100) {
  characters += JSON.stringify({ data: updates.slice(start, start + 100), trigger: ["workflow"] }).length;
  bodies++;
}
console.log(`request bodies: ${bodies} with ${characters} characters`);
const first = updates[0];
console.log(`${first.id} ${first.Email} ${first.Phone} ${first.Tag.sort().join(";")} ${first.Merged}`);
