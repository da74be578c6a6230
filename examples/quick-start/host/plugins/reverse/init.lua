local polyplug = require "polyplug"

local Reverse = {}

function Reverse:transform(input) return input:reverse() end

return polyplug.bundle { ["text.transform@1"] = Reverse }
