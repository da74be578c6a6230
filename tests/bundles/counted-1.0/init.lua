local polyplug = require "polyplug"

-- As it was when the contract had no more methods.
local Counted = {}

function Counted.new() return { n = 0 } end

function Counted:count() return self.n end

function Counted:add(by)
  self.n = self.n + by
  return self.n
end

return polyplug.bundle { ["test.counted@1"] = Counted }
