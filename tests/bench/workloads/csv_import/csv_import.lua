-- Twin of csv_import.dg: imports 25,000 accounts from CSV text. Lua has patterns in place of regular expressions, without
-- optional groups and counts: what one expression says takes several patterns or a length here. Revenue is whole cents.
local POSTCODES = {
  DE = { "^%d%d%d%d%d$" },
  GB = { "^%u%u?%d[%d%u]? %d%u%u$" },
  NL = { "^%d%d%d%d %u%u$" },
  US = { "^%d%d%d%d%d$", "^%d%d%d%d%d%-%d%d%d%d$" },
}

local function money(cents)
  local units = tostring(cents // 100):reverse():gsub("(%d%d%d)", "%1,"):reverse():gsub("^,", "")
  return units .. string.format(".%02d", cents % 100)
end

local function trim(text)
  return text:match("^%s*(.*%S)") or ""
end

local function split(text, separator)
  local parts, start = {}, 1
  while true do
    local from, to = text:find(separator, start, true)
    if from == nil then break end
    parts[#parts + 1] = text:sub(start, from - 1)
    start = to + 1
  end
  parts[#parts + 1] = text:sub(start)
  return parts
end

local function sorted_keys(map)
  local keys = {}
  for key in pairs(map) do keys[#keys + 1] = key end
  table.sort(keys)
  return keys
end

-- What lies between quotes may hold commas; between two quoted parts, nothing means a quote.
local function fields_of(line)
  if not line:find('"', 1, true) then return split(line, ",") end
  local fields, field = {}, ""
  local parts = split(line, '"')
  for i, part in ipairs(parts) do
    if i % 2 == 0 then
      field = field .. part
    elseif part == "" and i > 1 and i < #parts then
      field = field .. '"'
    else
      local pieces = split(part, ",")
      field = field .. pieces[1]
      for piece = 2, #pieces do
        fields[#fields + 1] = field
        field = pieces[piece]
      end
    end
  end
  fields[#fields + 1] = field
  return fields
end

local function read_date(value)
  local year, month, day = value:match("^(%d%d%d%d)%-(%d%d)%-(%d%d)$")
  if year == nil then
    day, month, year = value:match("^(%d%d)/(%d%d)/(%d%d%d%d)$")
    if day == nil then return nil end
  end
  year, month, day = math.tointeger(tonumber(year)), math.tointeger(tonumber(month)), math.tointeger(tonumber(day))
  -- os.time turns 30 February into 2 March.
  local parts = { year = year, month = month, day = day, hour = 12 }
  local time = os.time(parts)
  if parts.month ~= month or parts.day ~= day then return nil end
  return time
end

local function matches_any(text, patterns)
  for _, pattern in ipairs(patterns) do
    if text:match(pattern) then return true end
  end
  return false
end

local function is_email(text)
  local domain = text:match("^[%w._%%+-]+@([%w.-]+)$")
  return domain ~= nil and domain:match("^[%w-].*%.%a%a+$") ~= nil and not domain:find("..", 1, true)
end

local function is_amount(text)
  local whole = text:match("^%-?([%d,]+)%.%d%d$")
  if whole == nil then return false end
  local groups = split(whole, ",")
  if #groups[1] < 1 or #groups[1] > 3 then return false end
  for i = 2, #groups do
    if #groups[i] ~= 3 then return false end
  end
  return true
end

-- The order of the columns decides the order of the problems; a table has none.
local COLUMNS = { "Number", "Company", "Country", "Postcode", "Email", "Phone", "Employees", "Revenue", "Founded" }

local function problems_of(record)
  local problems = {}
  if not record.Number:match("^%u%u%-%d%d%d%d%d$") then problems.Number = "not like AB-12345" end
  if trim(record.Company) == "" then problems.Company = "missing" end
  local patterns = POSTCODES[record.Country]
  if patterns == nil then
    problems.Country = "unknown country"
  elseif not matches_any(record.Postcode, patterns) then
    problems.Postcode = "wrong for " .. record.Country
  end
  if not is_email(record.Email) then problems.Email = "no mail address" end
  if record.Phone ~= "" then
    local rest = record.Phone:match("^%+?%d([%d ()/-]+)$")
    if rest == nil or #rest < 6 or #rest > 19 then problems.Phone = "no phone number" end
  end
  if record.Employees ~= "" and not (record.Employees:match("^%d+$") and #record.Employees <= 6) then
    problems.Employees = "no whole number"
  end
  if not is_amount(record.Revenue) then problems.Revenue = "no amount" end
  if read_date(record.Founded) == nil then problems.Founded = "no date" end
  return problems
end

local function make_csv()
  local countries = { "DE", "GB", "NL", "US" }
  local codes = { "10115", "SW1A 2AA", "1012 AB", "94043-1351" }
  local mistakes = { "number", "company", "country", "postcode", "email", "phone", "employees", "revenue", "founded", "column" }
  local lines = { "Number,Company,Country,Postcode,Email,Phone,Founded,Employees,Revenue\r\n" }
  local seed = 4711
  for line_no = 0, 24999 do
    seed = seed * 16807 % 2147483647
    local mistake = seed % 9 == 0 and mistakes[line_no % 10 + 1] or ""
    local country = seed % 4 + 1
    local name = "Company " .. line_no
    if seed % 3 == 0 then
      name = '"Miller, Smith ' .. seed % 997 .. '"'
    elseif seed % 3 == 1 then
      name = '"The ""Best"" ' .. seed % 991 .. '"'
    end
    local year, month, day = 1950 + seed % 70, 1 + seed % 12, 1 + seed % 28
    local founded = seed % 5 == 0 and string.format("%02d/%02d/%d", day, month, year) or string.format("%d-%02d-%02d", year, month, day)
    local number = 10000 + (seed % 301 == 0 and line_no // 2 or line_no)
    lines[#lines + 1] = table.concat({
      mistake == "number" and "x" .. line_no or "AC-" .. number,
      mistake == "company" and " " or name,
      mistake == "country" and "XX" or countries[country],
      mistake == "postcode" and "123" or codes[country],
      mistake == "email" and "info(at)example.com" or "info" .. line_no .. "@mail" .. seed % 50 .. ".example.com",
      mistake == "phone" and "call me" or seed % 7 == 0 and "" or "+49 (30) " .. (1000000 + seed % 8999999),
      mistake == "founded" and "2001-02-30" or founded,
      mistake == "employees" and "many" or seed % 5000,
      mistake == "revenue" and "1.5 Mio" or '"' .. money(seed % 99999999) .. '"',
      mistake == "column" and "extra" or nil,
    }, ",") .. "\r\n"
  end
  return table.concat(lines)
end

local header, seen, errors, accepted = nil, {}, {}, {}
for line_no, line in ipairs(split(make_csv(), "\r\n")) do
  if line:find("%S") then
    local fields = fields_of(line)
    if header == nil then
      header = fields
    elseif #fields ~= #header then
      errors[#errors + 1] = { line = line_no, column = "", value = tostring(#fields), problem = "not " .. #header .. " columns" }
    else
      local record = {}
      for i, column in ipairs(header) do record[column] = fields[i] end
      local problems = problems_of(record)
      local number = record.Number
      if seen[number] then
        problems.Number = "already in line " .. seen[number]
      else
        seen[number] = line_no
      end
      if next(problems) then
        for _, column in ipairs(COLUMNS) do
          if problems[column] then
            errors[#errors + 1] = { line = line_no, column = column, value = record[column], problem = problems[column] }
          end
        end
      else
        accepted[#accepted + 1] = {
          Account_Number = number,
          Account_Name = trim(record.Company),
          Billing_Country = record.Country,
          Email = record.Email:lower(),
          Phone = (record.Phone:gsub("[^%d+]", "")),
          Founded = read_date(record.Founded),
          Employees = record.Employees == "" and 0 or math.tointeger(tonumber(record.Employees)),
          Annual_Revenue = math.tointeger(tonumber((record.Revenue:gsub("[,.]", "")))),
        }
      end
    end
  end
end

print(#accepted .. " accounts accepted, " .. #errors .. " errors")
local counts = {}
for _, entry in ipairs(errors) do
  local kind = entry.column .. ": " .. entry.problem:gsub("line %d+", "another line")
  counts[kind] = (counts[kind] or 0) + 1
end
for _, kind in ipairs(sorted_keys(counts)) do print(string.format("  %5d %s", counts[kind], kind)) end
for i = 1, 8 do
  local entry = errors[i]
  print(string.format('line %d %s "%s": %s', entry.line, entry.column, entry.value, entry.problem))
end
local by_country, decades = {}, {}
for _, account in ipairs(accepted) do
  local sums = by_country[account.Billing_Country] or { accounts = 0, employees = 0, revenue = 0, phones = 0 }
  sums.accounts = sums.accounts + 1
  sums.employees = sums.employees + account.Employees
  sums.revenue = sums.revenue + account.Annual_Revenue
  if account.Phone ~= "" then sums.phones = sums.phones + 1 end
  by_country[account.Billing_Country] = sums
  local decade = os.date("%Y", account.Founded):sub(1, 3) .. "0s"
  decades[decade] = (decades[decade] or 0) + 1
end
for _, country in ipairs(sorted_keys(by_country)) do
  local sums = by_country[country]
  print(string.format("%s: %d accounts, %d employees, revenue %s, %d phones", country, sums.accounts, sums.employees, money(sums.revenue), sums.phones))
end
for _, decade in ipairs(sorted_keys(decades)) do print(decade .. ": " .. decades[decade]) end
for i = 1, 3 do
  local account = accepted[i]
  print(string.format("%s %s %s %s %s %d.%02d", account.Account_Number, account.Account_Name, account.Email, account.Phone,
    os.date("%d.%m.%Y", account.Founded), account.Annual_Revenue // 100, account.Annual_Revenue % 100))
end
