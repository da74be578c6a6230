-- Passes every call on to the bundle that its config names.
local polyplug = require "polyplug"

local lifecycle = { save = true, restore = true, on_unload = true }

local Relay = {}

function Relay.new(cx) return { to = cx:get("test.crossing@1", { bundle = cx.config }) } end

local function method(_, name)
  if lifecycle[name] then return nil end
  return function(self, ...) return self.to[name](self.to, ...) end
end

return polyplug.bundle { ["test.crossing@1"] = setmetatable(Relay, { __index = method }) }
