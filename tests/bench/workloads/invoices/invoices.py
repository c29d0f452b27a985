"""Twin of invoices.dg: bills 20,000 orders. Amounts are Decimal, rounded with halves up."""

from calendar import monthrange
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")
ZERO = Decimal("0.00")


def cents(amount):
    return amount.quantize(CENT, ROUND_HALF_UP)


def money(amount):
    return f"{amount:,.2f}"


def make_line(item, quantity, discount):
    gross = cents(item["price"] * quantity)
    reduction = cents(gross * discount / 100)
    return {
        "name": item["name"],
        "quantity": quantity,
        "price": item["price"],
        "discount": discount,
        "rate": item["rate"],
        "net": gross - reduction,
    }


def totals(lines):
    net_by_rate, net = {}, ZERO
    for line in lines:
        rate = line["rate"]
        net_by_rate[rate] = net_by_rate.get(rate, ZERO) + line["net"]
        net += line["net"]
    taxes, tax = {}, ZERO
    for rate, amount in net_by_rate.items():
        taxes[rate] = cents(amount * rate / 100)
        tax += taxes[rate]
    return {"net": net, "tax": tax, "gross": net + tax, "taxes": taxes}


def due_date(issued, terms):
    if terms == "EOM":
        year, month = (issued.year, issued.month + 1) if issued.month < 12 else (issued.year + 1, 1)
        due = date(year, month, monthrange(year, month)[1])
    else:
        due = issued + timedelta(days=int(terms.removeprefix("NET")))
    if due.isoweekday() == 6:
        due += timedelta(days=2)
    elif due.isoweekday() == 7:
        due += timedelta(days=1)
    return due


def bucket(overdue):
    if overdue <= 0:
        return "not due"
    if overdue <= 30:
        return "1-30 days"
    if overdue <= 60:
        return "31-60 days"
    if overdue <= 90:
        return "61-90 days"
    return "over 90 days"


def make_invoices():
    rates = [19, 7, 0]
    items = [
        {"name": f"Item {n + 1}", "price": Decimal(995 + n * 1237 % 9001) / 100, "rate": rates[n % 3]} for n in range(60)
    ]
    discounts = [Decimal(0), Decimal("2.5"), Decimal(5), Decimal("12.5")]
    terms_list = ["NET14", "NET30", "EOM", "NET60"]
    shares = [Decimal(0), Decimal(1), Decimal("0.5"), Decimal(1)]
    start = date(2025, 1, 2)
    invoices, seed = [], 19
    for order_no in range(20000):
        seed = seed * 16807 % 2147483647
        lines = []
        for _ in range(2 + seed % 5):
            seed = seed * 16807 % 2147483647
            lines.append(make_line(items[seed % 60], Decimal(1 + seed % 41) / 4, discounts[seed % 4]))
        issued = start + timedelta(days=seed % 330)
        terms = terms_list[seed % 11 % 4]
        invoice = totals(lines)
        invoice["number"] = f"INV-{issued:%y%m}-{order_no + 1:05}"
        invoice["customer"] = f"Customer {seed % 150}"
        invoice["issued"] = issued
        invoice["terms"] = terms
        invoice["due"] = due_date(issued, terms)
        invoice["lines"] = lines
        invoice["paid"] = cents(invoice["gross"] * shares[seed % 13 % 4])
        invoices.append(invoice)
    return invoices


def main():
    as_of = date(2025, 11, 28)
    invoices = make_invoices()
    months, taxes, buckets, customers, reminders = {}, {}, {}, {}, []
    for invoice in invoices:
        sums = months.setdefault(f"{invoice['issued']:%Y-%m}", {"count": 0, "net": ZERO, "tax": ZERO, "gross": ZERO})
        sums["count"] += 1
        for field in ("net", "tax", "gross"):
            sums[field] += invoice[field]
        for rate, amount in invoice["taxes"].items():
            taxes[rate] = taxes.get(rate, ZERO) + amount
        unpaid = invoice["gross"] - invoice["paid"]
        if unpaid == 0:
            continue
        overdue, interest = 0, ZERO
        if invoice["due"] < as_of:
            overdue = (as_of - invoice["due"]).days
            interest = cents(unpaid * 9 * overdue / 36500)
        ageing = buckets.setdefault(bucket(overdue), {"count": 0, "open": ZERO, "interest": ZERO})
        ageing["count"] += 1
        ageing["open"] += unpaid
        ageing["interest"] += interest
        customer = invoice["customer"]
        customers[customer] = customers.get(customer, ZERO) + unpaid
        if overdue > 60:
            reminders.append(f"{invoice['due']} {invoice['number']} {customer}: {money(unpaid)} + {money(interest)}")

    for month in sorted(months):
        sums = months[month]
        print(
            f"{month}: {sums['count']} invoices, net {money(sums['net'])}, tax {money(sums['tax'])}, gross {money(sums['gross'])}"
        )
    for rate in sorted(taxes):
        print(f"tax at {rate} %: {money(taxes[rate])}")
    for age in ("not due", "1-30 days", "31-60 days", "61-90 days", "over 90 days"):
        ageing = buckets.get(age, {"count": 0, "open": ZERO, "interest": ZERO})
        print(f"{age}: {ageing['count']} invoices, open {money(ageing['open'])}, interest {money(ageing['interest'])}")
    print("largest debtors:")
    for customer, amount in sorted(customers.items(), key=lambda entry: (entry[1], entry[0]), reverse=True)[:5]:
        print(f"  {customer} {money(amount)}")
    print(f"reminders: {len(reminders)}")
    for reminder in sorted(reminders)[:5]:
        print("  " + reminder)
    for number in (0, 1):
        invoice = invoices[number * 4711]
        print(f"{invoice['number']} of {invoice['issued']:%d %b %Y}, due {invoice['due']:%a, %d %b %Y} ({invoice['terms']})")
        for line in invoice["lines"]:
            print(
                f"  {line['name']}: {line['quantity']:.2f} x {money(line['price'])} - {line['discount']:.1f} % = {money(line['net'])}"
            )
        print(f"  net {money(invoice['net'])}, tax {money(invoice['tax'])}, to pay {money(invoice['gross'])}")


main()
