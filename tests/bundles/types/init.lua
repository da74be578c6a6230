local polyplug = require "polyplug"

local Types = {}

local function same(self, value) return value end

for _, name in ipairs {
  "boolean", "character", "u8", "u16", "u32", "u64", "usize", "i8", "i16", "i32", "i64", "isize",
  "f32", "f64", "text", "owned_text", "bytes", "numbers", "large_numbers", "floats", "texts",
  "nested", "booleans", "results",
} do
  Types[name] = same
end

function Types:unit() end

function Types:result(value)
  if value.err then return nil, value.err end
  return value.ok
end

function Types:error(value) return nil, value end

function Types:double(values)
  for i = 1, #values do values[i] = values[i] * 2 end
end

function Types:reverse(values)
  local n = #values
  for i = 1, math.floor(n / 2) do
    values[i], values[n + 1 - i] = values[n + 1 - i], values[i]
  end
end

function Types:halve(values)
  for i = 1, #values do values[i] = values[i] / 2 end
end

function Types:add(a, b) return (a + b) % 4294967296 end

function Types:mixed(a, b, c, d, e, f)
  local text = tostring(c):gsub("U?LL$", "")
  return ("%d %s %s %s %s %s"):format(a, b, text, tostring(d), tostring(e), f)
end

return polyplug.bundle { ["test.types@1"] = Types }
