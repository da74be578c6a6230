---@meta polyplug

---What a bundle returns.
---@class polyplug.Bundle

---A class for each contract, by `name@major`; a bare file also has its name and version.
---@class polyplug.Contents
---@field name string?
---@field version string?
---@field [string] polyplug.Class

---What stands for a contract: its methods, and what may be there besides.
---@class polyplug.Class
---@field new (fun(cx: polyplug.Context): table?, (string|polyplug.Error)?)?
---@field on_unload fun(self: table)?

---What `new` is told.
---@class polyplug.Context
---@field config string The bytes that the host gave for this instance; "" for none.
---@field bundle_name string
---@field path string Where the bundle was loaded from; "" when that is no file.

---A `PluginError`.
---@class polyplug.Error
---@field message string
---@field kind integer?

---Memory that the caller lent, until the call returns.
---@class polyplug.View
---@field [integer] number
---@operator len: integer

---@class polyplug
local polyplug = {}

---Describes the bundle. Return what this returns from the bundle's file.
---@param contents polyplug.Contents
---@return polyplug.Bundle
function polyplug.bundle(contents) end

return polyplug
