local polyplug = require "polyplug"

-- Every method gives back what it gets.
local function same(self, value) return value end

local lifecycle = { new = true, save = true, restore = true, on_unload = true }

local function method(_, name)
  if not lifecycle[name] then return same end
end

local Crossing = setmetatable({}, { __index = method })

local Lending = {}

local function scope(value)
  if type(value) == "string" then return value end
  return value.tag .. "(" .. (value[1] or value.prefix .. ", " .. value.level) .. ")"
end

function Lending:describe(query)
  local near = {}
  for i, point in ipairs(query.near) do near[i] = point.place[2] end
  return ("%s [%s] [%s] %s %s"):format(
    query.text, table.concat(query.ids, ","), table.concat(near, ","),
    query.limit and tostring(query.limit) or "none", scope(query.scope))
end

function Lending:total(points)
  local total = 0
  for _, point in ipairs(points) do total = total + point.place[1] end
  return total
end

function Lending:shift(points, by)
  for i = 1, #points do
    local point = points[i]
    for axis = 1, 3 do point.place[axis] = point.place[axis] + by[axis] end
    point.layer = point.layer + 1
    points[i] = point
  end
end

function Lending:spoil(points)
  local point = points[1]
  point.layer = 7
  point.place[3] = "no number"
  points[1] = point
end

function Lending:address(bytes) return { 0, #bytes } end

function Lending:rows(rows)
  for i = 1, #rows do
    local row = rows[i]
    row[1], row[2] = row[2], row[1]
    rows[i] = row
  end
  return #rows
end

return polyplug.bundle {
  ["test.crossing@1"] = Crossing,
  ["test.lending@1"] = Lending,
  ["test.owned@1"] = setmetatable({}, { __index = method }),
}
