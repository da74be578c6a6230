---What a bundle needs to say what it provides.
---@class polyplug
local polyplug = {}

local _, native = ...

-- The loader knows a bundle by this mark.
local Bundle = { __metatable = "polyplug.bundle" }

---Describes the bundle: a class for each contract that it provides.
---
---Return what this returns from the bundle's file. A bundle that is one bare
---file also gives its `name` and `version`; else the manifest does.
---@param contents polyplug.Contents
---@return polyplug.Bundle
function polyplug.bundle(contents)
  if type(contents) ~= "table" then
    error("polyplug.bundle takes a table: polyplug.bundle { [\"text.transform@1\"] = Class }", 2)
  end
  return setmetatable(contents, Bundle)
end

local write = native.log

---Writes to the host's log: `polyplug.log.info("read", path)`, or
---`polyplug.log("info", "read", path)`.
polyplug.log = setmetatable({}, {
  __call = function(_, level, ...) return write(level, ...) end,
  __metatable = "polyplug.log",
})

for _, level in ipairs { "error", "warn", "info", "debug", "trace" } do
  polyplug.log[level] = function(...) return write(level, ...) end
end

---Gives a proxy back at once, where waiting for the collector is too late.
---@param proxy polyplug.Proxy
function polyplug.release(proxy) return native.release(proxy) end

return polyplug
