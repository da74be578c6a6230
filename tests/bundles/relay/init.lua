-- Passes every call on to the bundle that its config names, or to the host.
local polyplug = require "polyplug"

local Relay = {}

function Relay.new(cx)
  if cx.config == "the host" then return { to = cx:service "test.types@1" } end
  return { to = cx:get("test.types@1", { bundle = cx.config }) }
end

for _, name in ipairs {
  "unit", "boolean", "character", "u8", "u16", "u32", "u64", "usize", "i8", "i16", "i32", "i64",
  "isize", "f32", "f64", "text", "owned_text", "bytes", "numbers", "large_numbers", "floats",
  "texts", "nested", "booleans", "result", "results", "error", "double", "reverse", "halve", "add",
  "mixed",
} do
  Relay[name] = function(self, ...) return self.to[name](self.to, ...) end
end

return polyplug.bundle { ["test.types@1"] = Relay }
