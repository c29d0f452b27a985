"""Twin of mail.dg: writes the weekly report of 250 sales people. html.escape would also escape the apostrophe."""

import re
from datetime import date, timedelta
from urllib.parse import quote_plus

CELL_END = re.compile("</(td|th)>")
TAG = re.compile("<[^>]+>")
TEMPLATE = """<!DOCTYPE html>
<html><head><meta charset="utf-8"><title>{{subject}}</title></head>
<body style="font-family:sans-serif">
<p>Hello {{name}},</p>
<p>{{count}} deals worth {{total}} are yours this week.</p>
{{tables}}<p style="color:#888">Sent to {{mail}} on {{date}}.</p>
</body></html>
"""


def escape(value):
    return value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


def money(cents):
    return f"{cents // 100:,}.{cents % 100:02} EUR"


def row(deal, position):
    shade = "#ffffff" if position % 2 == 0 else "#f4f6f8"
    return (
        f'<tr style="background:{shade}">'
        f'<td><a href="https://crm.example.com/deals/{deal["id"]}?from=mail&amp;q={quote_plus(deal["Account"], safe="*")}">'
        f'{escape(deal["Name"])}</a></td>'
        f'<td>{escape(deal["Account"])}</td>'
        f'<td align="right">{money(deal["Amount"])}</td>'
        f'<td>{deal["Closing"]:%d %b %Y}</td>'
        f'<td>{escape(deal["Note"] or "-")}</td></tr>\n'
    )


def stage_table(stage, deals):
    parts = [
        f'<h2>{escape(stage)}</h2>\n<table cellpadding="4">\n'
        "<tr><th>Deal</th><th>Account</th><th>Amount</th><th>Closes</th><th>Note</th></tr>\n"
    ]
    total = 0
    for position, deal in enumerate(deals):
        parts.append(row(deal, position))
        total += deal["Amount"]
    parts.append(
        f'<tr><td colspan="2"><b>{len(deals)} deals</b></td><td align="right"><b>{money(total)}</b></td><td colspan="2"></td></tr>\n'
    )
    parts.append("</table>\n")
    return "".join(parts)


def plain_text(html):
    plain = TAG.sub("", CELL_END.sub(" | ", html))
    plain = plain.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", '"').replace("&amp;", "&")
    return "\n".join(line.strip() for line in plain.split("\n") if line.strip())


def deals_of(seed, count):
    accounts = ["Nordwind & Söhne", 'Łódź "Dom" Sp. z o.o.', "<b>Bold</b> Ltd", "O'Neill Partners", "Café Zoë", "Plain Trading"]
    stages = ["Qualification", "Proposal / Price Quote", "Negotiation <Legal>", "Closed Won"]
    notes = [None, "Call back on Monday", "Wants 5 < x < 10 seats & a discount", 'See "Terms", part 2']
    deals = []
    for number in range(count):
        seed = seed * 16807 % 2147483647
        deals.append(
            {
                "id": seed,
                "Name": f"Deal {number + 1}" + (" (R&D)" if seed % 9 == 0 else ""),
                "Account": accounts[seed % 6],
                "Stage": stages[seed % 7 % 4],
                "Amount": seed % 9000000,
                "Closing": date(2025, 12, 1) + timedelta(days=seed % 90),
                "Note": notes[seed % 5 % 4],
            }
        )
    return deals


def main():
    today = date(2025, 11, 28)
    mails, row_count = [], 0
    for person_no in range(250):
        name = f"Person {person_no + 1}" + (" <Lead>" if person_no % 10 == 0 else "")
        deals = deals_of(person_no + 1, 5 if person_no == 0 else 80 + person_no % 40)
        by_stage, total = {}, 0
        for deal in deals:
            by_stage.setdefault(deal["Stage"], []).append(deal)
            total += deal["Amount"]
        row_count += len(deals)
        address = f"person{person_no + 1}@example.com"
        subject = f"Pipeline of {name}, week {int(f'{today:%U}') + 1}"
        values = {
            "subject": escape(subject),
            "name": escape(name),
            "count": len(deals),
            "total": money(total),
            "mail": address,
            "date": f"{today:%A, %d %B %Y}",
            "tables": "".join(stage_table(stage, by_stage[stage]) for stage in sorted(by_stage)),
        }
        html = TEMPLATE
        for key, value in values.items():
            html = html.replace("{{" + key + "}}", str(value))
        mails.append({"to": address, "subject": subject, "html": html, "text": plain_text(html)})

    html_length = sum(len(mail["html"]) for mail in mails)
    text_length = sum(len(mail["text"]) for mail in mails)
    entities = sum(mail["html"].count(entity) for mail in mails for entity in ("&amp;", "&lt;", "&quot;"))
    links = sum(mail["html"].count("<a href=") for mail in mails)
    longest = max(mails, key=lambda mail: len(mail["html"]))
    print(f"{len(mails)} mails with {row_count} rows and {links} links")
    print(f"HTML: {html_length} characters, text: {text_length} characters, entities: {entities}")
    print(f"longest: {longest['subject']} with {len(longest['html'])}")
    first = mails[0]
    print(f"{first['to']}: {first['subject']}")
    print(first["html"])
    print(first["text"])


main()
