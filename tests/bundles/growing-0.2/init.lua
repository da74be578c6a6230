local polyplug = require "polyplug"

local Growing = {}

function Growing:version() return "0.2" end

function Growing:add(a, b) return a + b end

return polyplug.bundle { ["test.growing@0.2"] = Growing }
