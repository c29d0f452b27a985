-- Twin of invoices.dg: bills 20,000 orders. Lua has no decimals: amounts are whole cents, quantities quarters of a unit and
-- discounts tenths of a percent, which all stay exact. Dates are the seconds of os.time at noon, so that no change of clocks
-- moves them to another day.
local DAY = 86400

-- a / b as a whole number, halves up.
local function divide(a, b)
  return (2 * a + b) // (2 * b)
end

local function money(cents)
  local units = tostring(cents // 100):reverse():gsub("(%d%d%d)", "%1,"):reverse():gsub("^,", "")
  return units .. string.format(".%02d", cents % 100)
end

local function add_days(time, days)
  local parts = os.date("*t", time)
  return os.time({ year = parts.year, month = parts.month, day = parts.day + days, hour = 12 })
end

local function sorted_keys(map)
  local keys = {}
  for key in pairs(map) do keys[#keys + 1] = key end
  table.sort(keys)
  return keys
end

local function make_line(item, quarters, discount)
  local gross = divide(item.price * quarters, 4)
  local reduction = divide(gross * discount, 1000)
  return { name = item.name, quarters = quarters, price = item.price, discount = discount, rate = item.rate, net = gross - reduction }
end

local function totals(lines)
  local net_by_rate, net = {}, 0
  for _, line in ipairs(lines) do
    net_by_rate[line.rate] = (net_by_rate[line.rate] or 0) + line.net
    net = net + line.net
  end
  local taxes, tax = {}, 0
  for rate, sum in pairs(net_by_rate) do
    local amount = divide(sum * rate, 100)
    taxes[rate] = amount
    tax = tax + amount
  end
  return { net = net, tax = tax, gross = net + tax, taxes = taxes }
end

local function due_date(issued, terms)
  local due
  if terms == "EOM" then
    local parts = os.date("*t", issued)
    due = os.time({ year = parts.year, month = parts.month + 2, day = 0, hour = 12 })
  else
    due = add_days(issued, math.tointeger(tonumber(terms:match("NET(%d+)"))))
  end
  local weekday = os.date("*t", due).wday
  if weekday == 7 then
    due = add_days(due, 2)
  elseif weekday == 1 then
    due = add_days(due, 1)
  end
  return due
end

local function bucket(overdue)
  if overdue <= 0 then return "not due" end
  if overdue <= 30 then return "1-30 days" end
  if overdue <= 60 then return "31-60 days" end
  if overdue <= 90 then return "61-90 days" end
  return "over 90 days"
end

local function make_invoices()
  local rates, items = { 19, 7, 0 }, {}
  for n = 0, 59 do
    items[#items + 1] = { name = "Item " .. (n + 1), price = 995 + n * 1237 % 9001, rate = rates[n % 3 + 1] }
  end
  local discounts = { 0, 25, 50, 125 }
  local terms_list = { "NET14", "NET30", "EOM", "NET60" }
  local halves = { 0, 2, 1, 2 }
  local start = os.time({ year = 2025, month = 1, day = 2, hour = 12 })
  local invoices, seed = {}, 19
  for order_no = 1, 20000 do
    seed = seed * 16807 % 2147483647
    local lines = {}
    for _ = 1, 2 + seed % 5 do
      seed = seed * 16807 % 2147483647
      lines[#lines + 1] = make_line(items[seed % 60 + 1], 1 + seed % 41, discounts[seed % 4 + 1])
    end
    local issued = add_days(start, seed % 330)
    local terms = terms_list[seed % 11 % 4 + 1]
    local invoice = totals(lines)
    invoice.number = "INV-" .. os.date("%y%m", issued) .. string.format("-%05d", order_no)
    invoice.customer = "Customer " .. seed % 150
    invoice.issued = issued
    invoice.terms = terms
    invoice.due = due_date(issued, terms)
    invoice.lines = lines
    invoice.paid = divide(invoice.gross * halves[seed % 13 % 4 + 1], 2)
    invoices[#invoices + 1] = invoice
  end
  return invoices
end

local as_of = os.time({ year = 2025, month = 11, day = 28, hour = 12 })
local invoices = make_invoices()
local months, taxes, buckets, customers, reminders = {}, {}, {}, {}, {}
for _, invoice in ipairs(invoices) do
  local month = os.date("%Y-%m", invoice.issued)
  local sums = months[month] or { count = 0, net = 0, tax = 0, gross = 0 }
  sums.count = sums.count + 1
  for _, field in ipairs({ "net", "tax", "gross" }) do sums[field] = sums[field] + invoice[field] end
  months[month] = sums
  for rate, amount in pairs(invoice.taxes) do taxes[rate] = (taxes[rate] or 0) + amount end
  local open = invoice.gross - invoice.paid
  if open ~= 0 then
    local overdue, interest = 0, 0
    if invoice.due < as_of then
      overdue = math.floor((as_of - invoice.due) / DAY + 0.5)
      interest = divide(open * 9 * overdue, 36500)
    end
    local age = bucket(overdue)
    local ageing = buckets[age] or { count = 0, open = 0, interest = 0 }
    ageing.count = ageing.count + 1
    ageing.open = ageing.open + open
    ageing.interest = ageing.interest + interest
    buckets[age] = ageing
    customers[invoice.customer] = (customers[invoice.customer] or 0) + open
    if overdue > 60 then
      reminders[#reminders + 1] = os.date("%Y-%m-%d", invoice.due) .. " " .. invoice.number .. " " .. invoice.customer .. ": "
        .. money(open) .. " + " .. money(interest)
    end
  end
end

for _, month in ipairs(sorted_keys(months)) do
  local sums = months[month]
  print(string.format("%s: %d invoices, net %s, tax %s, gross %s", month, sums.count, money(sums.net), money(sums.tax), money(sums.gross)))
end
for _, rate in ipairs(sorted_keys(taxes)) do print("tax at " .. rate .. " %: " .. money(taxes[rate])) end
for _, age in ipairs({ "not due", "1-30 days", "31-60 days", "61-90 days", "over 90 days" }) do
  local ageing = buckets[age] or { count = 0, open = 0, interest = 0 }
  print(string.format("%s: %d invoices, open %s, interest %s", age, ageing.count, money(ageing.open), money(ageing.interest)))
end
local ranking = {}
for customer, amount in pairs(customers) do ranking[#ranking + 1] = { customer = customer, amount = amount } end
table.sort(ranking, function(a, b)
  if a.amount ~= b.amount then return a.amount > b.amount end
  return a.customer > b.customer
end)
print("largest debtors:")
for i = 1, 5 do print("  " .. ranking[i].customer .. " " .. money(ranking[i].amount)) end
print("reminders: " .. #reminders)
table.sort(reminders)
for i = 1, 5 do print("  " .. reminders[i]) end
for number = 0, 1 do
  local invoice = invoices[number * 4711 + 1]
  print(string.format("%s of %s, due %s (%s)", invoice.number, os.date("%d %b %Y", invoice.issued), os.date("%a, %d %b %Y", invoice.due), invoice.terms))
  for _, line in ipairs(invoice.lines) do
    print(string.format("  %s: %.2f x %s - %.1f %% = %s", line.name, line.quarters / 4, money(line.price), line.discount / 10, money(line.net)))
  end
  print(string.format("  net %s, tax %s, to pay %s", money(invoice.net), money(invoice.tax), money(invoice.gross)))
end
