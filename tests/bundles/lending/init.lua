local polyplug = require "polyplug"

-- A class for a contract whose methods are lent implementations.
local Lending = {}

for _, name in ipairs { "look", "drive", "copy", "swallow", "rest" } do
  Lending[name] = function() return nil end
end

return polyplug.bundle { ["test.lending@1"] = Lending }
