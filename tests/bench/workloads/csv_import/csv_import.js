// Twin of csv_import.dg: imports 25,000 accounts from CSV text. Revenue is whole cents.
"use strict";

const POSTCODES = new Map([
  ["DE", /^[0-9]{5}$/],
  ["GB", /^[A-Z]{1,2}[0-9][0-9A-Z]? [0-9][A-Z]{2}$/],
  ["NL", /^[0-9]{4} [A-Z]{2}$/],
  ["US", /^[0-9]{5}(-[0-9]{4})?$/],
]);

function two(number) {
  return String(number).padStart(2, "0");
}

function money(cents) {
  return String(Math.floor(cents / 100)).replace(/\B(?=(\d{3})+$)/g, ",") + "." + two(cents % 100);
}

// What lies between quotes may hold commas; between two quoted parts, nothing means a quote.
function fieldsOf(line) {
  if (!line.includes('"')) return line.split(",");
  const fields = [];
  let field = "";
  const parts = line.split('"');
  parts.forEach((part, i) => {
    if (i % 2 === 1) {
      field += part;
    } else if (part === "" && i > 0 && i < parts.length - 1) {
      field += '"';
    } else {
      const pieces = part.split(",");
      field += pieces[0];
      for (const piece of pieces.slice(1)) {
        fields.push(field);
        field = piece;
      }
    }
  });
  fields.push(field);
  return fields;
}

function readDate(value) {
  let parts = /^([0-9]{4})-([0-9]{2})-([0-9]{2})$/.exec(value);
  if (!parts) {
    parts = /^([0-9]{2})\/([0-9]{2})\/([0-9]{4})$/.exec(value);
    if (!parts) return null;
    parts = [value, parts[3], parts[2], parts[1]];
  }
  // Date.UTC turns 30 February into 2 March.
  const date = new Date(Date.UTC(Number(parts[1]), Number(parts[2]) - 1, Number(parts[3])));
  return date.getUTCMonth() === Number(parts[2]) - 1 ? date : null;
}

function problemsOf(record) {
  const problems = {};
  if (!/^[A-Z]{2}-[0-9]{5}$/.test(record.Number)) problems.Number = "not like AB-12345";
  if (record.Company.trim() === "") problems.Company = "missing";
  const pattern = POSTCODES.get(record.Country);
  if (!pattern) problems.Country = "unknown country";
  else if (!pattern.test(record.Postcode)) problems.Postcode = "wrong for " + record.Country;
  if (!/^[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}$/.test(record.Email)) problems.Email = "no mail address";
  if (record.Phone && !/^\+?[0-9][0-9 ()/-]{6,19}$/.test(record.Phone)) problems.Phone = "no phone number";
  if (record.Employees && !/^[0-9]{1,6}$/.test(record.Employees)) problems.Employees = "no whole number";
  if (!/^-?[0-9]{1,3}(,[0-9]{3})*\.[0-9]{2}$/.test(record.Revenue)) problems.Revenue = "no amount";
  if (readDate(record.Founded) === null) problems.Founded = "no date";
  return problems;
}

function makeCsv() {
  const countries = ["DE", "GB", "NL", "US"];
  const codes = ["10115", "SW1A 2AA", "1012 AB", "94043-1351"];
  const mistakes = ["number", "company", "country", "postcode", "email", "phone", "employees", "revenue", "founded", "column"];
  let csv = "Number,Company,Country,Postcode,Email,Phone,Founded,Employees,Revenue\r\n";
  let seed = 4711;
  for (let lineNo = 0; lineNo < 25000; lineNo++) {
    seed = (seed * 16807) % 2147483647;
    const mistake = seed % 9 === 0 ? mistakes[lineNo % 10] : "";
    const country = seed % 4;
    let name = "Company " + lineNo;
    if (seed % 3 === 0) name = `"Miller, Smith ${seed % 997}"`;
    else if (seed % 3 === 1) name = `"The ""Best"" ${seed % 991}"`;
    const year = 1950 + (seed % 70);
    const month = two(1 + (seed % 12));
    const day = two(1 + (seed % 28));
    const founded = seed % 5 === 0 ? `${day}/${month}/${year}` : `${year}-${month}-${day}`;
    const number = 10000 + (seed % 301 === 0 ? Math.floor(lineNo / 2) : lineNo);
    csv += mistake === "number" ? "x" + lineNo : "AC-" + number;
    csv += "," + (mistake === "company" ? " " : name);
    csv += "," + (mistake === "country" ? "XX" : countries[country]);
    csv += "," + (mistake === "postcode" ? "123" : codes[country]);
    csv += "," + (mistake === "email" ? "info(at)example.com" : `info${lineNo}@mail${seed % 50}.example.com`);
    csv += "," + (mistake === "phone" ? "call me" : seed % 7 === 0 ? "" : "+49 (30) " + (1000000 + (seed % 8999999)));
    csv += "," + (mistake === "founded" ? "2001-02-30" : founded);
    csv += "," + (mistake === "employees" ? "many" : seed % 5000);
    csv += "," + (mistake === "revenue" ? "1.5 Mio" : `"${money(seed % 99999999)}"`);
    csv += (mistake === "column" ? ",extra" : "") + "\r\n";
  }
  return csv;
}

let header = [];
const seen = new Map();
const errors = [];
const accepted = [];
let lineNo = 0;
for (const line of makeCsv().split("\r\n")) {
  lineNo++;
  if (line.trim() === "") continue;
  const fields = fieldsOf(line);
  if (lineNo === 1) {
    header = fields;
    continue;
  }
  if (fields.length !== header.length) {
    errors.push({ line: lineNo, column: "", value: String(fields.length), problem: `not ${header.length} columns` });
    continue;
  }
  const record = {};
  header.forEach((column, i) => {
    record[column] = fields[i];
  });
  const problems = problemsOf(record);
  const number = record.Number;
  if (seen.has(number)) problems.Number = "already in line " + seen.get(number);
  else seen.set(number, lineNo);
  const columns = Object.keys(problems);
  if (columns.length > 0) {
    for (const column of columns) {
      errors.push({ line: lineNo, column, value: record[column], problem: problems[column] });
    }
    continue;
  }
  accepted.push({
    Account_Number: number,
    Account_Name: record.Company.trim(),
    Billing_Country: record.Country,
    Email: record.Email.toLowerCase(),
    Phone: record.Phone.replace(/[^0-9+]/g, ""),
    Founded: readDate(record.Founded),
    Employees: record.Employees === "" ? 0 : Number(record.Employees),
    Annual_Revenue: Number(record.Revenue.replace(/[,.]/g, "")),
  });
}

console.log(`${accepted.length} accounts accepted, ${errors.length} errors`);
const counts = new Map();
for (const error of errors) {
  const kind = error.column + ": " + error.problem.replace(/line [0-9]+/g, "another line");
  counts.set(kind, (counts.get(kind) ?? 0) + 1);
}
for (const kind of [...counts.keys()].sort()) console.log(`  ${String(counts.get(kind)).padStart(5)} ${kind}`);
for (const error of errors.slice(0, 8)) console.log(`line ${error.line} ${error.column} "${error.value}": ${error.problem}`);
const byCountry = new Map();
const decades = new Map();
for (const account of accepted) {
  const sums = byCountry.get(account.Billing_Country) ?? { accounts: 0, employees: 0, revenue: 0, phones: 0 };
  sums.accounts++;
  sums.employees += account.Employees;
  sums.revenue += account.Annual_Revenue;
  if (account.Phone) sums.phones++;
  byCountry.set(account.Billing_Country, sums);
  const decade = String(account.Founded.getUTCFullYear()).slice(0, 3) + "0s";
  decades.set(decade, (decades.get(decade) ?? 0) + 1);
}
for (const country of [...byCountry.keys()].sort()) {
  const sums = byCountry.get(country);
  console.log(`${country}: ${sums.accounts} accounts, ${sums.employees} employees, revenue ${money(sums.revenue)}, ${sums.phones} phones`);
}
for (const decade of [...decades.keys()].sort()) console.log(`${decade}: ${decades.get(decade)}`);
for (const account of accepted.slice(0, 3)) {
  const founded = `${two(account.Founded.getUTCDate())}.${two(account.Founded.getUTCMonth() + 1)}.${account.Founded.getUTCFullYear()}`;
  const revenue = `${Math.floor(account.Annual_Revenue / 100)}.${two(account.Annual_Revenue % 100)}`;
  console.log(`${account.Account_Number} ${account.Account_Name} ${account.Email} ${account.Phone} ${founded} ${revenue}`);
}
