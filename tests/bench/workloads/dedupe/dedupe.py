"""Twin of dedupe.dg: finds and merges the duplicates among 20,000 leads."""

import json
import re

EMAIL = re.compile(r"[a-z0-9._%+-]+@[a-z0-9.-]+\.[a-z]{2,}")
PLUS = re.compile(r"\+[^@]*@")
NOT_DIGITS = re.compile(r"[^0-9]")


def normalise_email(email):
    cleaned = (email or "").strip().lower()
    if not EMAIL.fullmatch(cleaned):
        return ""
    return PLUS.sub("@", cleaned, count=1)


def normalise_phone(phone):
    digits = NOT_DIGITS.sub("", phone or "")
    if digits.startswith("00"):
        digits = digits[2:]
    if len(digits) == 10:
        digits = "1" + digits
    return digits if len(digits) >= 11 else ""


def lead_key(lead):
    email = normalise_email(lead.get("Email"))
    if email:
        return "mail:" + email
    phone = normalise_phone(lead.get("Phone"))
    if phone:
        return "phone:" + phone
    return f"name:{lead['First_Name'].lower()} {lead['Last_Name'].lower()}/{lead['Company'].lower()}"


def merge_lead(kept, other):
    for field in ("Email", "Phone", "Company", "Lead_Source", "Description"):
        if not kept.get(field) and other.get(field):
            kept[field] = other[field]
    if other["Annual_Revenue"] > kept["Annual_Revenue"]:
        kept["Annual_Revenue"] = other["Annual_Revenue"]
    for tag in other["Tag"]:
        if tag not in kept["Tag"]:
            kept["Tag"].append(tag)
    kept["Merged"] += 1


def to_json(value):
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def make_pages():
    first_names = ["Anna", "Boris", "Chloe", "Deepak", "Elif", "Farid", "Greta", "Hugo", "Ines", "Jonas"]
    last_names = ["Almeida", "Brandt", "Costa", "Dubois", "Eriksen", "Fischer", "Garcia", "Hansen", "Ivanov", "Jansen", "Kumar"]
    sources = ["Web", "Trade Show", "Referral", "Cold Call"]
    seed, lead_no, pages = 20251127, 0, []
    for _ in range(100):
        records = []
        for _ in range(200):
            seed = seed * 16807 % 2147483647
            person = seed % 14000
            seed = seed * 16807 % 2147483647
            variant = seed % 6
            first, last = first_names[person % 10], last_names[person % 11]
            user = f"{first}.{last}{person}"
            record = {
                "id": f"5725767000000{100000 + lead_no}",
                "First_Name": first,
                "Last_Name": last,
                "Company": f"Company {person % 700}",
            }
            if person % 5 != 0:
                if variant < 2:
                    record["Email"] = user + "@example.com"
                elif variant == 2:
                    record["Email"] = f" {user.upper()}@Example.com "
                elif variant == 3:
                    record["Email"] = user + "+news@example.com"
                else:
                    record["Email"] = user.lower() + "@example.com"
            elif variant == 5:
                record["Email"] = "n/a"
            if person % 13 != 0:
                area, local = 200 + person % 700, 1000000 + person * 37
                if variant < 3:
                    record["Phone"] = f"+1 ({area}) {local}"
                elif variant == 3:
                    record["Phone"] = f"001-{area}-{local}"
                else:
                    record["Phone"] = f"{area}.{local}"
            record["Lead_Source"] = None if variant == 4 else sources[person % 4]
            record["Annual_Revenue"] = seed % 90001
            record["Created_Time"] = f"2025-{1 + seed % 12:02}-{1 + seed % 28:02}T09:30:00+01:00"
            record["Description"] = 'Asked for "a quote"\nby mail' if variant == 1 else ""
            record["Owner"] = {"id": 41000 + person % 8, "name": f"Owner {person % 8}"}
            record["Tag"] = ["import", f"src{variant}"]
            records.append(record)
            lead_no += 1
        pages.append(to_json({"data": records, "info": {"count": len(records), "more_records": lead_no < 20000}}))
    return pages


def main():
    groups, invalid = {}, 0
    for page in make_pages():
        for lead in json.loads(page)["data"]:
            if (lead.get("Email") or "").strip() and not normalise_email(lead["Email"]):
                invalid += 1
            groups.setdefault(lead_key(lead), []).append(lead)

    updates, sizes, owners, kinds, deleted = [], {}, {}, {}, 0
    for key, members in groups.items():
        kind = key.partition(":")[0]
        kinds[kind] = kinds.get(kind, 0) + 1
        sizes[len(members)] = sizes.get(len(members), 0) + 1
        if len(members) == 1:
            continue
        kept = members[0]
        for member in members:
            if member["Created_Time"] < kept["Created_Time"]:
                kept = member
        kept["Merged"] = 0
        for member in members:
            if member["id"] != kept["id"]:
                merge_lead(kept, member)
                deleted += 1
        per_owner = owners.setdefault(kept["Owner"]["name"], {"kept": 0, "revenue": 0})
        per_owner["kept"] += 1
        per_owner["revenue"] += kept["Annual_Revenue"]
        updates.append(kept)

    print(f"leads with an unusable address: {invalid}")
    print(f"groups: {len(groups)}, found by {' '.join(sorted(kinds))}")
    for kind in sorted(kinds):
        print(f"  {kind}: {kinds[kind]}")
    for size in sorted(sizes):
        print(f"  of {size}: {sizes[size]}")
    print(f"updates: {len(updates)}, deletions: {deleted}")
    for owner in sorted(owners):
        print(f"  {owner}: {owners[owner]['kept']} leads worth {owners[owner]['revenue']}")

    bodies = characters = 0
    for start in range(0, len(updates), 100):
        characters += len(to_json({"data": updates[start : start + 100], "trigger": ["workflow"]}))
        bodies += 1
    print(f"request bodies: {bodies} with {characters} characters")
    first = updates[0]
    print(first["id"], first["Email"], first["Phone"], ";".join(sorted(first["Tag"])), first["Merged"])


main()
