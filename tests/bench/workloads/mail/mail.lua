-- Twin of mail.dg: writes the weekly report of 250 sales people. Amounts are whole cents. Long texts are parts in a table, as
-- Lua programs build them; characters are counted with utf8.len.
local TEMPLATE = [[
<!DOCTYPE html>
<html><head><meta charset="utf-8"><title>{{subject}}</title></head>
<body style="font-family:sans-serif">
<p>Hello {{name}},</p>
<p>{{count}} deals worth {{total}} are yours this week.</p>
{{tables}}<p style="color:#888">Sent to {{mail}} on {{date}}.</p>
</body></html>
]]

local ENTITIES = { ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;", ['"'] = "&quot;" }

local function escape(value)
  return (value:gsub('[&<>"]', ENTITIES))
end

local function money(cents)
  local units = tostring(cents // 100):reverse():gsub("(%d%d%d)", "%1,"):reverse():gsub("^,", "")
  return units .. string.format(".%02d EUR", cents % 100)
end

local function encode_form(value)
  local encoded = value:gsub("[^%w.*_ -]", function(byte) return string.format("%%%02X", byte:byte()) end)
  return (encoded:gsub(" ", "+"))
end

local function row(deal, position)
  local shade = position % 2 == 0 and "#ffffff" or "#f4f6f8"
  return table.concat({
    '<tr style="background:', shade, '">',
    '<td><a href="https://crm.example.com/deals/', deal.id, "?from=mail&amp;q=", encode_form(deal.Account), '">',
    escape(deal.Name), "</a></td>",
    "<td>", escape(deal.Account), "</td>",
    '<td align="right">', money(deal.Amount), "</td>",
    "<td>", os.date("%d %b %Y", deal.Closing), "</td>",
    "<td>", escape(deal.Note or "-"), "</td></tr>\n",
  })
end

local function stage_table(stage, deals)
  local parts, sum = {
    "<h2>" .. escape(stage) .. '</h2>\n<table cellpadding="4">\n',
    "<tr><th>Deal</th><th>Account</th><th>Amount</th><th>Closes</th><th>Note</th></tr>\n",
  }, 0
  for position, deal in ipairs(deals) do
    parts[#parts + 1] = row(deal, position - 1)
    sum = sum + deal.Amount
  end
  parts[#parts + 1] = '<tr><td colspan="2"><b>' .. #deals .. ' deals</b></td><td align="right"><b>' .. money(sum)
    .. '</b></td><td colspan="2"></td></tr>\n'
  parts[#parts + 1] = "</table>\n"
  return table.concat(parts)
end

local function plain_text(html)
  local plain = html:gsub("</t[dh]>", " | "):gsub("<[^>]+>", "")
  plain = plain:gsub("&lt;", "<"):gsub("&gt;", ">"):gsub("&quot;", '"'):gsub("&amp;", "&")
  local lines = {}
  for line in plain:gmatch("[^\n]+") do
    lines[#lines + 1] = line:match("^%s*(.*%S)")
  end
  return table.concat(lines, "\n")
end

local function deals_of(seed, count)
  local accounts = { "Nordwind & Söhne", 'Łódź "Dom" Sp. z o.o.', "<b>Bold</b> Ltd", "O'Neill Partners", "Café Zoë", "Plain Trading" }
  local stages = { "Qualification", "Proposal / Price Quote", "Negotiation <Legal>", "Closed Won" }
  local notes = { false, "Call back on Monday", "Wants 5 < x < 10 seats & a discount", 'See "Terms", part 2' }
  local deals = {}
  for number = 1, count do
    seed = seed * 16807 % 2147483647
    deals[#deals + 1] = {
      id = seed,
      Name = "Deal " .. number .. (seed % 9 == 0 and " (R&D)" or ""),
      Account = accounts[seed % 6 + 1],
      Stage = stages[seed % 7 % 4 + 1],
      Amount = seed % 9000000,
      Closing = os.time({ year = 2025, month = 12, day = 1 + seed % 90, hour = 12 }),
      Note = notes[seed % 5 % 4 + 1],
    }
  end
  return deals
end

local function count(text, part)
  return select(2, text:gsub(part, ""))
end

local today = os.time({ year = 2025, month = 11, day = 28, hour = 12 })
local mails, row_count = {}, 0
for person_no = 0, 249 do
  local name = "Person " .. (person_no + 1) .. (person_no % 10 == 0 and " <Lead>" or "")
  local deals = deals_of(person_no + 1, person_no == 0 and 5 or 80 + person_no % 40)
  local by_stage, stages, total = {}, {}, 0
  for _, deal in ipairs(deals) do
    local in_stage = by_stage[deal.Stage]
    if in_stage == nil then
      in_stage = {}
      by_stage[deal.Stage] = in_stage
      stages[#stages + 1] = deal.Stage
    end
    in_stage[#in_stage + 1] = deal
    total = total + deal.Amount
  end
  table.sort(stages)
  local tables = {}
  for _, stage in ipairs(stages) do tables[#tables + 1] = stage_table(stage, by_stage[stage]) end
  row_count = row_count + #deals
  local address = "person" .. (person_no + 1) .. "@example.com"
  local subject = "Pipeline of " .. name .. ", week " .. math.tointeger(tonumber(os.date("%U", today)) + 1)
  local values = {
    subject = escape(subject),
    name = escape(name),
    count = #deals,
    total = money(total),
    mail = address,
    date = os.date("%A, %d %B %Y", today),
    tables = table.concat(tables),
  }
  local html = TEMPLATE:gsub("{{(%a+)}}", values)
  mails[#mails + 1] = { to = address, subject = subject, html = html, text = plain_text(html) }
end

local html_length, text_length, entities, links = 0, 0, 0, 0
local longest, longest_length = nil, 0
for _, mail in ipairs(mails) do
  local length = utf8.len(mail.html)
  html_length = html_length + length
  text_length = text_length + utf8.len(mail.text)
  entities = entities + count(mail.html, "&amp;") + count(mail.html, "&lt;") + count(mail.html, "&quot;")
  links = links + count(mail.html, "<a href=")
  if length > longest_length then
    longest, longest_length = mail, length
  end
end
print(#mails .. " mails with " .. row_count .. " rows and " .. links .. " links")
print("HTML: " .. html_length .. " characters, text: " .. text_length .. " characters, entities: " .. entities)
print("longest: " .. longest.subject .. " with " .. longest_length)
local first = mails[1]
print(first.to .. ": " .. first.subject)
print(first.html)
print(first.text)
