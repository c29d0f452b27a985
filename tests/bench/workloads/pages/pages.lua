-- Twin of pages.dg: reads 16,000 deals page by page, merges, joins, aggregates and sorts them. cjson writes the batches; where
-- the order of the keys shows, in the report, the JSON is written by hand, since tables have no order.
local cjson = require("cjson")

local TOTALS = { Accounts = 1500, Contacts = 5000, Deals = 16000, Deal_Details = 16000 }

local function grouped(number)
  return (tostring(number):reverse():gsub("(%d%d%d)", "%1,"):reverse():gsub("^,", ""))
end

local function sorted_keys(map)
  local keys = {}
  for key in pairs(map) do keys[#keys + 1] = key end
  table.sort(keys)
  return keys
end

local function numbers_as_json(map, keys)
  local parts = {}
  for _, key in ipairs(keys) do parts[#parts + 1] = string.format('"%s":%d', key, map[key]) end
  return "{" .. table.concat(parts, ",") .. "}"
end

local INDUSTRIES = { "Banking", "Energy", "Health", "Retail", "Software" }
local COUNTRIES = { "DE", "FR", "IT", "US" }
local STAGES = { "1 Qualification", "2 Proposal", "3 Negotiation", "4 Won", "5 Lost" }

local function account_of(number)
  local mix = (number * 7919 + 11) * 16807 % 2147483647
  local address = { city = "City " .. mix % 90, country = COUNTRIES[mix % 4 + 1] }
  return { id = "A" .. number, Account_Name = "Account " .. number, Industry = INDUSTRIES[mix % 5 + 1], Address = address, Active = mix % 10 ~= 0 }
end

local function contact_of(number)
  local mix = (number * 104729 + 5) * 16807 % 2147483647
  local contact = { id = "C" .. number, Full_Name = "Contact " .. number, Account = { id = "A" .. mix % 1500, name = "Account " .. mix % 1500 } }
  if mix % 6 ~= 0 then contact.Email = "contact" .. number .. "@example.com" end
  return contact
end

local function deal_of(number)
  local mix = (number * 15485863 + 3) * 16807 % 2147483647
  return {
    id = "D" .. number,
    Deal_Name = "Deal " .. number,
    Stage = STAGES[mix % 5 + 1],
    Amount = mix % 250000,
    Account_Name = { id = "A" .. mix % 1600, name = "Account " .. mix % 1600 },
    Contact_Name = mix % 7 ~= 0 and { id = "C" .. mix % 5000 } or nil,
    Owner = { id = 500 + mix % 12, name = "Owner " .. mix % 12, email = "owner" .. mix % 12 .. "@example.com" },
  }
end

local function detail_of(number)
  local mix = (number * 32452843 + 9) * 16807 % 2147483647
  local products = {}
  for position = 1, 3 do
    if mix % (position + 1) == 0 then
      local code = mix * position % 40
      products[#products + 1] = { product = { code = "P" .. code, name = "Product " .. code }, quantity = 1 + mix % 9, price = 10 + mix % 490 }
    end
  end
  return {
    id = "D" .. number,
    Probability = mix % 10 * 10,
    Products = products,
    Modified_Time = string.format("2025-%02d-%02d", 1 + mix % 11, 1 + mix % 28),
  }
end

local MAKERS = { Accounts = account_of, Contacts = contact_of, Deals = deal_of, Deal_Details = detail_of }

local function get_records(module, page, per_page)
  local total = TOTALS[module]
  local first = (page - 1) * per_page
  local count = math.min(total - first, per_page)
  if count <= 0 then return { data = {}, info = { page = page, count = 0, more_records = false } } end
  local data = {}
  for i = 0, count - 1 do data[#data + 1] = MAKERS[module](first + i) end
  return { data = data, info = { page = page, per_page = per_page, count = count, more_records = first + count < total } }
end

local function fetch_all(module)
  local records, page = {}, 1
  while true do
    local response = get_records(module, page, 200)
    table.move(response.data, 1, #response.data, #records + 1, records)
    if not response.info.more_records then return records end
    page = page + 1
  end
end

local function by_id(records)
  local found = {}
  for _, record in ipairs(records) do found[record.id] = record end
  return found
end

local accounts = by_id(fetch_all("Accounts"))
local contacts = by_id(fetch_all("Contacts"))
local details = by_id(fetch_all("Deal_Details"))

local rows, orphans, without_mail = {}, 0, 0
for _, deal in ipairs(fetch_all("Deals")) do
  for key, value in pairs(details[deal.id]) do deal[key] = value end
  local account = accounts[deal.Account_Name.id]
  if account == nil then
    orphans = orphans + 1
  else
    local contact = deal.Contact_Name and contacts[deal.Contact_Name.id]
    local mail = contact and contact.Email or ""
    if mail == "" then without_mail = without_mail + 1 end
    rows[#rows + 1] = {
      id = deal.id,
      account = account.Account_Name,
      industry = account.Industry,
      country = account.Address.country,
      stage = deal.Stage,
      amount = deal.Amount,
      probability = deal.Probability,
      owner = deal.Owner.name,
      modified = deal.Modified_Time,
      products = deal.Products,
      mail = mail,
    }
  end
end
print(#rows .. " deals joined, " .. orphans .. " without an account, " .. without_mail .. " without a mail address")

local report, owners, product_sums = {}, {}, {}
for _, row in ipairs(rows) do
  local industry = report[row.industry] or {}
  local cell = industry[row.stage] or { count = 0, amount = 0, weighted = 0, countries = { DE = 0, FR = 0, IT = 0, US = 0 } }
  cell.count = cell.count + 1
  cell.amount = cell.amount + row.amount
  cell.weighted = cell.weighted + row.amount * row.probability
  cell.countries[row.country] = cell.countries[row.country] + 1
  industry[row.stage] = cell
  report[row.industry] = industry
  local owner = owners[row.owner] or { won = 0, lost = 0, open = 0 }
  local outcome = row.stage == "4 Won" and "won" or row.stage == "5 Lost" and "lost" or "open"
  owner[outcome] = owner[outcome] + row.amount
  owners[row.owner] = owner
  for _, item in ipairs(row.products) do
    local code = item.product.code
    product_sums[code] = (product_sums[code] or 0) + item.quantity * item.price
  end
end
for _, industry in ipairs(sorted_keys(report)) do
  print(industry)
  for _, stage in ipairs(sorted_keys(report[industry])) do
    local cell = report[industry][stage]
    local weighted = grouped(cell.weighted // 100) .. string.format(".%02d", cell.weighted % 100)
    print(string.format("  %s: %d deals, %s, weighted %s, %s", stage, cell.count, grouped(cell.amount), weighted, numbers_as_json(cell.countries, COUNTRIES)))
  end
end
for _, owner in ipairs(sorted_keys(owners)) do print(owner .. ": " .. numbers_as_json(owners[owner], { "won", "lost", "open" })) end

local ranking = {}
for _, row in ipairs(rows) do
  if row.stage == "3 Negotiation" and row.mail ~= "" then ranking[#ranking + 1] = row end
end
table.sort(ranking, function(a, b)
  if a.modified ~= b.modified then return a.modified > b.modified end
  if a.amount ~= b.amount then return a.amount > b.amount end
  return a.id > b.id
end)
print(#ranking .. " in negotiation, latest first:")
for i = 1, 10 do
  local row = ranking[i]
  print(string.format("  %s %s %s (%s) %s %s %d", row.modified, row.id, row.account, row.country, grouped(row.amount), row.mail, #row.products))
end
local best = {}
for code, amount in pairs(product_sums) do best[#best + 1] = { code = code, amount = amount } end
table.sort(best, function(a, b)
  if a.amount ~= b.amount then return a.amount > b.amount end
  return a.code > b.code
end)
for i = 1, 5 do print(best[i].code .. ": " .. grouped(best[i].amount)) end

local updates = {}
for _, row in ipairs(rows) do
  if row.probability >= 70 then
    updates[#updates + 1] = { id = row.id, Contact_Mail = row.mail, Forecast = { owner = row.owner, amount = row.amount } }
  end
end
local characters, batches = 0, 0
for start = 1, #updates, 100 do
  characters = characters + #cjson.encode({ data = table.move(updates, start, math.min(start + 99, #updates), 1, {}) })
  batches = batches + 1
end
print(batches .. " batches with " .. characters .. " characters")
