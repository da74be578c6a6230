local polyplug = require "polyplug"

-- A class for a contract whose method gets a closure.
local Counting = {}

function Counting:count() return 0 end

return polyplug.bundle { ["test.counting@1"] = Counting }
