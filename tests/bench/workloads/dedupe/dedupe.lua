-- Twin of dedupe.dg: finds and merges the duplicates among 20,000 leads. Lua has patterns in place of regular expressions,
-- and tables without an order: the groups are kept in a list beside the table. cjson writes "/" as "\/"; that is undone.
local cjson = require("cjson")

local function normalise_email(email)
  if email == nil then return "" end
  local cleaned = (email:match("^%s*(.*%S)") or ""):lower()
  if not cleaned:match("^[a-z0-9._%%+-]+@[a-z0-9.-]+%.[a-z][a-z]+$") then return "" end
  return (cleaned:gsub("%+[^@]*@", "@", 1))
end

local function normalise_phone(phone)
  if phone == nil then return "" end
  local digits = phone:gsub("[^0-9]", "")
  if digits:sub(1, 2) == "00" then digits = digits:sub(3) end
  if #digits == 10 then digits = "1" .. digits end
  return #digits < 11 and "" or digits
end

local function lead_key(lead)
  local email = normalise_email(lead.Email)
  if email ~= "" then return "mail:" .. email end
  local phone = normalise_phone(lead.Phone)
  if phone ~= "" then return "phone:" .. phone end
  return "name:" .. lead.First_Name:lower() .. " " .. lead.Last_Name:lower() .. "/" .. lead.Company:lower()
end

local function blank(value)
  return value == nil or value == cjson.null or value == ""
end

local function contains(list, wanted)
  for _, element in ipairs(list) do
    if element == wanted then return true end
  end
  return false
end

local function sorted_keys(map)
  local keys = {}
  for key in pairs(map) do keys[#keys + 1] = key end
  table.sort(keys)
  return keys
end

local FIELDS = { "Email", "Phone", "Company", "Lead_Source", "Description" }

local function merge_lead(kept, other)
  for _, field in ipairs(FIELDS) do
    if blank(kept[field]) and not blank(other[field]) then kept[field] = other[field] end
  end
  if other.Annual_Revenue > kept.Annual_Revenue then kept.Annual_Revenue = other.Annual_Revenue end
  for _, tag in ipairs(other.Tag) do
    if not contains(kept.Tag, tag) then table.insert(kept.Tag, tag) end
  end
  kept.Merged = kept.Merged + 1
end

local function to_json(value)
  return (cjson.encode(value):gsub("\\/", "/"))
end

local function make_pages()
  local first_names = { "Anna", "Boris", "Chloe", "Deepak", "Elif", "Farid", "Greta", "Hugo", "Ines", "Jonas" }
  local last_names = { "Almeida", "Brandt", "Costa", "Dubois", "Eriksen", "Fischer", "Garcia", "Hansen", "Ivanov", "Jansen", "Kumar" }
  local sources = { "Web", "Trade Show", "Referral", "Cold Call" }
  local seed, lead_no, pages = 20251127, 0, {}
  for _ = 1, 100 do
    local records = {}
    for _ = 1, 200 do
      seed = seed * 16807 % 2147483647
      local person = seed % 14000
      seed = seed * 16807 % 2147483647
      local variant = seed % 6
      local first_name, last_name = first_names[person % 10 + 1], last_names[person % 11 + 1]
      local user = first_name .. "." .. last_name .. person
      local record = {
        id = "5725767000000" .. (100000 + lead_no),
        First_Name = first_name,
        Last_Name = last_name,
        Company = "Company " .. person % 700,
      }
      if person % 5 ~= 0 then
        if variant < 2 then
          record.Email = user .. "@example.com"
        elseif variant == 2 then
          record.Email = " " .. user:upper() .. "@Example.com "
        elseif variant == 3 then
          record.Email = user .. "+news@example.com"
        else
          record.Email = user:lower() .. "@example.com"
        end
      elseif variant == 5 then
        record.Email = "n/a"
      end
      if person % 13 ~= 0 then
        local area, number = 200 + person % 700, 1000000 + person * 37
        if variant < 3 then
          record.Phone = "+1 (" .. area .. ") " .. number
        elseif variant == 3 then
          record.Phone = "001-" .. area .. "-" .. number
        else
          record.Phone = area .. "." .. number
        end
      end
      record.Lead_Source = variant == 4 and cjson.null or sources[person % 4 + 1]
      record.Annual_Revenue = seed % 90001
      record.Created_Time = string.format("2025-%02d-%02dT09:30:00+01:00", 1 + seed % 12, 1 + seed % 28)
      record.Description = variant == 1 and 'Asked for "a quote"\nby mail' or ""
      record.Owner = { id = 41000 + person % 8, name = "Owner " .. person % 8 }
      record.Tag = { "import", "src" .. variant }
      records[#records + 1] = record
      lead_no = lead_no + 1
    end
    pages[#pages + 1] = to_json({ data = records, info = { count = #records, more_records = lead_no < 20000 } })
  end
  return pages
end

local groups, order, invalid = {}, {}, 0
for _, page in ipairs(make_pages()) do
  for _, lead in ipairs(cjson.decode(page).data) do
    if lead.Email and lead.Email:match("%S") and normalise_email(lead.Email) == "" then invalid = invalid + 1 end
    local key = lead_key(lead)
    local members = groups[key]
    if members == nil then
      members = {}
      groups[key] = members
      order[#order + 1] = key
    end
    members[#members + 1] = lead
  end
end

local updates, sizes, owners, kinds, deleted = {}, {}, {}, {}, 0
for _, key in ipairs(order) do
  local members = groups[key]
  local kind = key:match("^[^:]*")
  kinds[kind] = (kinds[kind] or 0) + 1
  sizes[#members] = (sizes[#members] or 0) + 1
  if #members > 1 then
    local kept = members[1]
    for _, member in ipairs(members) do
      if member.Created_Time < kept.Created_Time then kept = member end
    end
    kept.Merged = 0
    for _, member in ipairs(members) do
      if member.id ~= kept.id then
        merge_lead(kept, member)
        deleted = deleted + 1
      end
    end
    local per_owner = owners[kept.Owner.name] or { kept = 0, revenue = 0 }
    per_owner.kept = per_owner.kept + 1
    per_owner.revenue = per_owner.revenue + kept.Annual_Revenue
    owners[kept.Owner.name] = per_owner
    updates[#updates + 1] = kept
  end
end

print("leads with an unusable address: " .. invalid)
print("groups: " .. #order .. ", found by " .. table.concat(sorted_keys(kinds), " "))
for _, kind in ipairs(sorted_keys(kinds)) do print("  " .. kind .. ": " .. kinds[kind]) end
for _, size in ipairs(sorted_keys(sizes)) do print("  of " .. size .. ": " .. sizes[size]) end
print("updates: " .. #updates .. ", deletions: " .. deleted)
for _, owner in ipairs(sorted_keys(owners)) do
  print(string.format("  %s: %d leads worth %d", owner, owners[owner].kept, owners[owner].revenue))
end

local bodies, characters = 0, 0
for start = 1, #updates, 100 do
  local body = { data = table.move(updates, start, math.min(start + 99, #updates), 1, {}), trigger = { "workflow" } }
  characters = characters + #to_json(body)
  bodies = bodies + 1
end
print("request bodies: " .. bodies .. " with " .. characters .. " characters")
local first = updates[1]
table.sort(first.Tag)
print(string.format("%s %s %s %s %d", first.id, first.Email, first.Phone, table.concat(first.Tag, ";"), first.Merged))
