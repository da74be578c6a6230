local polyplug = require "polyplug"

-- Every method gives back what it gets.
local function same(self, value) return value end

local lifecycle = { new = true, save = true, restore = true, on_unload = true }

local function method(_, name)
  if not lifecycle[name] then return same end
end

local Crossing = setmetatable({}, { __index = method })

return polyplug.bundle { ["test.crossing@1"] = Crossing }
