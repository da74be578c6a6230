local polyplug = require "polyplug"

local Second = {}

function Second:version() return "2.0" end

function Second:add(a, b) return a + b end

function Second:subtract(a, b)
  if b > a then return nil, b .. " is more than " .. a end
  return a - b
end

local First = setmetatable({}, { __index = Second })

function First:version() return "1.2" end

function First:double(a) return 2 * a .. " by the plugin" end

return polyplug.bundle {
  ["test.growing@1"] = First,
  ["test.growing@2"] = Second,
}
