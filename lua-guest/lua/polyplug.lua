---What a bundle needs to say what it provides.
---@class polyplug
local polyplug = {}

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

return polyplug
