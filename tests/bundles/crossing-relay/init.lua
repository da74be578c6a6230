-- Passes every call on to the bundle that its config names.
local polyplug = require "polyplug"

local lifecycle = { save = true, restore = true, on_unload = true }


local function method(_, name)
  if lifecycle[name] then return nil end
  return function(self, ...) return self.to[name](self.to, ...) end
end

local function relay(contract)
  local function new(cx) return { to = cx:get(contract, { bundle = cx.config }) } end
  return setmetatable({ new = new }, { __index = method })
end

return polyplug.bundle {
  ["test.crossing@1"] = relay("test.crossing@1"),
  ["test.owned@1"] = relay("test.owned@1"),
}
