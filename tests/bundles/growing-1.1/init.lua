local polyplug = require "polyplug"

local Growing = {}

function Growing:version() return "1.1" end

function Growing:add(a, b) return a + b end

function Growing:subtract(a, b)
  if b > a then return nil, b .. " is more than " .. a end
  return a - b
end

return polyplug.bundle { ["test.growing@1"] = Growing }
