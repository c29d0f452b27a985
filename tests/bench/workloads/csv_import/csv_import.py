"""Twin of csv_import.dg: imports 25,000 accounts from CSV text, read by the csv module. Revenue is a Decimal."""

import csv
import io
import re
from datetime import datetime
from decimal import Decimal

POSTCODES = {
    "DE": re.compile(r"[0-9]{5}"),
    "GB": re.compile(r"[A-Z]{1,2}[0-9][0-9A-Z]? [0-9][A-Z]{2}"),
    "NL": re.compile(r"[0-9]{4} [A-Z]{2}"),
    "US": re.compile(r"[0-9]{5}(-[0-9]{4})?"),
}
NUMBER = re.compile(r"[A-Z]{2}-[0-9]{5}")
EMAIL = re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}")
PHONE = re.compile(r"\+?[0-9][0-9 ()/-]{6,19}")
EMPLOYEES = re.compile(r"[0-9]{1,6}")
REVENUE = re.compile(r"-?[0-9]{1,3}(,[0-9]{3})*\.[0-9]{2}")
ISO_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
SLASH_DAY = re.compile(r"[0-9]{2}/[0-9]{2}/[0-9]{4}")
NOT_PHONE = re.compile(r"[^0-9+]")
LINE = re.compile(r"line [0-9]+")


def read_date(value):
    try:
        if ISO_DAY.fullmatch(value):
            return datetime.strptime(value, "%Y-%m-%d").date()
        if SLASH_DAY.fullmatch(value):
            return datetime.strptime(value, "%d/%m/%Y").date()
    except ValueError:
        return None
    return None


def problems_of(record):
    problems = {}
    if not NUMBER.fullmatch(record["Number"]):
        problems["Number"] = "not like AB-12345"
    if not record["Company"].strip():
        problems["Company"] = "missing"
    pattern = POSTCODES.get(record["Country"])
    if pattern is None:
        problems["Country"] = "unknown country"
    elif not pattern.fullmatch(record["Postcode"]):
        problems["Postcode"] = "wrong for " + record["Country"]
    if not EMAIL.fullmatch(record["Email"]):
        problems["Email"] = "no mail address"
    if record["Phone"] and not PHONE.fullmatch(record["Phone"]):
        problems["Phone"] = "no phone number"
    if record["Employees"] and not EMPLOYEES.fullmatch(record["Employees"]):
        problems["Employees"] = "no whole number"
    if not REVENUE.fullmatch(record["Revenue"]):
        problems["Revenue"] = "no amount"
    if read_date(record["Founded"]) is None:
        problems["Founded"] = "no date"
    return problems


def make_csv():
    countries = ["DE", "GB", "NL", "US"]
    codes = ["10115", "SW1A 2AA", "1012 AB", "94043-1351"]
    mistakes = ["number", "company", "country", "postcode", "email", "phone", "employees", "revenue", "founded", "column"]
    lines = ["Number,Company,Country,Postcode,Email,Phone,Founded,Employees,Revenue\r\n"]
    seed = 4711
    for line_no in range(25000):
        seed = seed * 16807 % 2147483647
        mistake = mistakes[line_no % 10] if seed % 9 == 0 else ""
        country = seed % 4
        if seed % 3 == 0:
            name = f'"Miller, Smith {seed % 997}"'
        elif seed % 3 == 1:
            name = f'"The ""Best"" {seed % 991}"'
        else:
            name = f"Company {line_no}"
        year, month, day = 1950 + seed % 70, f"{1 + seed % 12:02}", f"{1 + seed % 28:02}"
        founded = f"{day}/{month}/{year}" if seed % 5 == 0 else f"{year}-{month}-{day}"
        amount = seed % 99999999
        fields = [
            f"x{line_no}" if mistake == "number" else f"AC-{10000 + (line_no // 2 if seed % 301 == 0 else line_no)}",
            " " if mistake == "company" else name,
            "XX" if mistake == "country" else countries[country],
            "123" if mistake == "postcode" else codes[country],
            "info(at)example.com" if mistake == "email" else f"info{line_no}@mail{seed % 50}.example.com",
            "call me" if mistake == "phone" else "" if seed % 7 == 0 else f"+49 (30) {1000000 + seed % 8999999}",
            "2001-02-30" if mistake == "founded" else founded,
            "many" if mistake == "employees" else str(seed % 5000),
            "1.5 Mio" if mistake == "revenue" else f'"{amount // 100:,}.{amount % 100:02}"',
        ]
        if mistake == "column":
            fields.append("extra")
        lines.append(",".join(fields) + "\r\n")
    return "".join(lines)


def main():
    reader = csv.reader(io.StringIO(make_csv(), newline=""))
    header = next(reader)
    seen, errors, accepted = {}, [], []
    for line_no, fields in enumerate(reader, start=2):
        if not fields:
            continue
        if len(fields) != len(header):
            errors.append({"line": line_no, "column": "", "value": str(len(fields)), "problem": f"not {len(header)} columns"})
            continue
        record = dict(zip(header, fields))
        problems = problems_of(record)
        number = record["Number"]
        if number in seen:
            problems["Number"] = f"already in line {seen[number]}"
        else:
            seen[number] = line_no
        if problems:
            for column, problem in problems.items():
                errors.append({"line": line_no, "column": column, "value": record[column], "problem": problem})
            continue
        accepted.append(
            {
                "Account_Number": number,
                "Account_Name": record["Company"].strip(),
                "Billing_Country": record["Country"],
                "Email": record["Email"].lower(),
                "Phone": NOT_PHONE.sub("", record["Phone"]),
                "Founded": read_date(record["Founded"]),
                "Employees": int(record["Employees"] or 0),
                "Annual_Revenue": Decimal(record["Revenue"].replace(",", "")),
            }
        )

    print(f"{len(accepted)} accounts accepted, {len(errors)} errors")
    counts = {}
    for error in errors:
        kind = error["column"] + ": " + LINE.sub("another line", error["problem"])
        counts[kind] = counts.get(kind, 0) + 1
    for kind in sorted(counts):
        print(f"  {counts[kind]:5} {kind}")
    for error in errors[:8]:
        print(f"line {error['line']} {error['column']} \"{error['value']}\": {error['problem']}")
    by_country, decades = {}, {}
    for account in accepted:
        sums = by_country.setdefault(
            account["Billing_Country"], {"accounts": 0, "employees": 0, "revenue": Decimal("0.00"), "phones": 0}
        )
        sums["accounts"] += 1
        sums["employees"] += account["Employees"]
        sums["revenue"] += account["Annual_Revenue"]
        if account["Phone"]:
            sums["phones"] += 1
        decade = str(account["Founded"].year)[:3] + "0s"
        decades[decade] = decades.get(decade, 0) + 1
    for country in sorted(by_country):
        sums = by_country[country]
        print(
            f"{country}: {sums['accounts']} accounts, {sums['employees']} employees, revenue {sums['revenue']:,.2f}, {sums['phones']} phones"
        )
    for decade in sorted(decades):
        print(f"{decade}: {decades[decade]}")
    for account in accepted[:3]:
        print(
            account["Account_Number"],
            account["Account_Name"],
            account["Email"],
            account["Phone"],
            f"{account['Founded']:%d.%m.%Y}",
            f"{account['Annual_Revenue']:.2f}",
        )


main()
