local polyplug = require "polyplug"

-- A class for a contract whose methods are lent implementations.
local Lending = {}

function Lending.new() return { driven = 0 } end

function Lending:look(counted) return counted:count() end

function Lending:drive(counted, times)
  self.driven = self.driven + 1
  for _ = 1, times do counted:add(1) end
  return counted:count() + 100 * self.driven
end

function Lending:copy(from, to, with) return to:add(from:count()) .. with end

function Lending:swallow(counted, by)
  local said = {}
  for i = 1, 2 do said[i] = tostring((pcall(counted.add, counted, by))) end
  return said
end

function Lending:rest(counted) return counted:limit "" end

return polyplug.bundle { ["test.lending@1"] = Lending }
