"""Twin of pages.dg: reads 16,000 deals page by page, merges, joins, aggregates and sorts them."""

import json

TOTALS = {"Accounts": 1500, "Contacts": 5000, "Deals": 16000, "Deal_Details": 16000}


def account_of(number):
    mix = (number * 7919 + 11) * 16807 % 2147483647
    industries = ["Banking", "Energy", "Health", "Retail", "Software"]
    address = {"city": f"City {mix % 90}", "country": ["DE", "FR", "IT", "US"][mix % 4]}
    return {
        "id": f"A{number}",
        "Account_Name": f"Account {number}",
        "Industry": industries[mix % 5],
        "Address": address,
        "Active": mix % 10 != 0,
    }


def contact_of(number):
    mix = (number * 104729 + 5) * 16807 % 2147483647
    contact = {
        "id": f"C{number}",
        "Full_Name": f"Contact {number}",
        "Account": {"id": f"A{mix % 1500}", "name": f"Account {mix % 1500}"},
    }
    if mix % 6 != 0:
        contact["Email"] = f"contact{number}@example.com"
    return contact


def deal_of(number):
    mix = (number * 15485863 + 3) * 16807 % 2147483647
    stages = ["1 Qualification", "2 Proposal", "3 Negotiation", "4 Won", "5 Lost"]
    return {
        "id": f"D{number}",
        "Deal_Name": f"Deal {number}",
        "Stage": stages[mix % 5],
        "Amount": mix % 250000,
        "Account_Name": {"id": f"A{mix % 1600}", "name": f"Account {mix % 1600}"},
        "Contact_Name": None if mix % 7 == 0 else {"id": f"C{mix % 5000}"},
        "Owner": {"id": 500 + mix % 12, "name": f"Owner {mix % 12}", "email": f"owner{mix % 12}@example.com"},
    }


def detail_of(number):
    mix = (number * 32452843 + 9) * 16807 % 2147483647
    products = []
    for position in (1, 2, 3):
        if mix % (position + 1) == 0:
            code = mix * position % 40
            products.append(
                {"product": {"code": f"P{code}", "name": f"Product {code}"}, "quantity": 1 + mix % 9, "price": 10 + mix % 490}
            )
    return {
        "id": f"D{number}",
        "Probability": mix % 10 * 10,
        "Products": products,
        "Modified_Time": f"2025-{1 + mix % 11:02}-{1 + mix % 28:02}",
    }


MAKERS = {"Accounts": account_of, "Contacts": contact_of, "Deals": deal_of, "Deal_Details": detail_of}


def get_records(module, page, per_page):
    total = TOTALS[module]
    first = (page - 1) * per_page
    count = min(total - first, per_page)
    if count <= 0:
        return {"data": [], "info": {"page": page, "count": 0, "more_records": False}}
    maker = MAKERS[module]
    data = [maker(first + i) for i in range(count)]
    return {"data": data, "info": {"page": page, "per_page": per_page, "count": count, "more_records": first + count < total}}


def fetch_all(module):
    records, page = [], 1
    while True:
        response = get_records(module, page, 200)
        records.extend(response["data"])
        if not response["info"]["more_records"]:
            return records
        page += 1


def by_id(records):
    return {record["id"]: record for record in records}


def to_json(value):
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def main():
    accounts = by_id(fetch_all("Accounts"))
    contacts = by_id(fetch_all("Contacts"))
    details = by_id(fetch_all("Deal_Details"))

    rows, orphans, without_mail = [], 0, 0
    for deal in fetch_all("Deals"):
        deal.update(details[deal["id"]])
        account = accounts.get(deal["Account_Name"]["id"])
        if account is None:
            orphans += 1
            continue
        contact = contacts.get(deal["Contact_Name"]["id"]) if deal["Contact_Name"] else None
        mail = (contact.get("Email") or "") if contact else ""
        if not mail:
            without_mail += 1
        rows.append(
            {
                "id": deal["id"],
                "account": account["Account_Name"],
                "industry": account["Industry"],
                "country": account["Address"]["country"],
                "stage": deal["Stage"],
                "amount": deal["Amount"],
                "probability": deal["Probability"],
                "owner": deal["Owner"]["name"],
                "modified": deal["Modified_Time"],
                "products": deal["Products"],
                "mail": mail,
            }
        )
    print(f"{len(rows)} deals joined, {orphans} without an account, {without_mail} without a mail address")

    report, owners, product_sums = {}, {}, {}
    for row in rows:
        cell = report.setdefault(row["industry"], {}).setdefault(
            row["stage"], {"count": 0, "amount": 0, "weighted": 0, "countries": {"DE": 0, "FR": 0, "IT": 0, "US": 0}}
        )
        cell["count"] += 1
        cell["amount"] += row["amount"]
        cell["weighted"] += row["amount"] * row["probability"]
        cell["countries"][row["country"]] += 1
        owner = owners.setdefault(row["owner"], {"won": 0, "lost": 0, "open": 0})
        outcome = "won" if row["stage"] == "4 Won" else "lost" if row["stage"] == "5 Lost" else "open"
        owner[outcome] += row["amount"]
        for item in row["products"]:
            code = item["product"]["code"]
            product_sums[code] = product_sums.get(code, 0) + item["quantity"] * item["price"]
    for industry in sorted(report):
        print(industry)
        for stage in sorted(report[industry]):
            cell = report[industry][stage]
            weighted = f"{cell['weighted'] // 100:,}.{cell['weighted'] % 100:02}"
            print(
                f"  {stage}: {cell['count']} deals, {cell['amount']:,}, weighted {weighted}, {to_json(cell['countries'])}"
            )
    for owner in sorted(owners):
        print(f"{owner}: {to_json(owners[owner])}")

    ranking = [row for row in rows if row["stage"] == "3 Negotiation" and row["mail"]]
    ranking.sort(key=lambda row: (row["modified"], row["amount"], row["id"]), reverse=True)
    print(f"{len(ranking)} in negotiation, latest first:")
    for row in ranking[:10]:
        print(
            f"  {row['modified']} {row['id']} {row['account']} ({row['country']}) {row['amount']:,} {row['mail']} {len(row['products'])}"
        )
    for code, amount in sorted(product_sums.items(), key=lambda entry: (entry[1], entry[0]), reverse=True)[:5]:
        print(f"{code}: {amount:,}")

    updates = [
        {"id": row["id"], "Contact_Mail": row["mail"], "Forecast": {"owner": row["owner"], "amount": row["amount"]}}
        for row in rows
        if row["probability"] >= 70
    ]
    bodies = [to_json({"data": updates[start : start + 100]}) for start in range(0, len(updates), 100)]
    print(f"{len(bodies)} batches with {sum(map(len, bodies))} characters")


main()
