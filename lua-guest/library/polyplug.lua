---@meta polyplug

---What a bundle returns.
---@class polyplug.Bundle

---A class for each contract, by `name@major`; a bare file also has its name and version.
---@class polyplug.Contents
---@field name string?
---@field version string?
---@field depends (string|polyplug.Dependency)[]? What the bundle asks for with `cx:get`, where no manifest says it.
---@field reload_with_dependencies boolean? Whether to reload the bundle after something that it needs.
---@field [string] polyplug.Class

---A bundle that must be loaded.
---@class polyplug.Dependency
---@field bundle string
---@field version string? Such as "^1.2".

---What stands for a contract: its methods, and what may be there besides.
---@class polyplug.Class
---@field new (fun(cx: polyplug.Context): table?, (string|polyplug.Error)?)?
---@field on_unload fun(self: table)?
---@field save (fun(self: table): string?, any)?
---@field restore (fun(cx: table, state: string): table?, any)?

---What `new` is told, and may keep for as long as the bundle is loaded.
---@class polyplug.Context
---@field config string The bytes that the host gave for this instance; "" for none.
---@field bundle_name string
---@field path string Where the bundle was loaded from; "" when that is no file.
local Context = {}

---The config, parsed from TOML. Dates and times are strings.
---@return table
function Context:config_table() end

---A proxy over a new instance of another bundle's plugin. The bundle must say that it
---depends on it.
---@param contract string Such as "text.transform@1".
---@param options polyplug.Options?
---@return polyplug.Proxy
function Context:get(contract, options) end

---A proxy over a service of the host's.
---@param contract string Such as "app.log@1".
---@return polyplug.Proxy
function Context:service(contract) end

---@class polyplug.Options
---@field bundle string? Which bundle: `name` or `name@version`; else the first that provides it.
---@field config string? What to make the instance from.

---Something that is called elsewhere: it has the methods of its contract. `cx:get` gives
---one, and methods get and give them; what is lent to a method dies with its call.
---@class polyplug.Proxy
---@field [string] fun(self: polyplug.Proxy, ...): any
local Proxy = {}

---The name of the bundle that is called.
---@return string
function Proxy:bundle_name() end

---Makes a new instance, after a reload lost its state or a call broke it.
function Proxy:renew() end

---What a method raises that could not be called, or failed outside of its own error.
---`tostring` gives the message.
---@class polyplug.CallError
---@field message string All that is known, as one text.
---@field reason string Such as "unloaded", "panicked", "plugin", "limit", "undeclared".
---@field contract string
---@field bundle string?
---@field method string?
---@field said string What the other side said.
---@field detail string The location of a panic, or a traceback; often "".
---@field kind integer The kind of a `PluginError`, else 0.

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

---Writes to the host's log, with tabs between the values: `polyplug.log.info("read", path)`.
---@class polyplug.Log
---@field error fun(...)
---@field warn fun(...)
---@field info fun(...)
---@field debug fun(...)
---@field trace fun(...)
---@overload fun(level: "error"|"warn"|"info"|"debug"|"trace", ...)
polyplug.log = {}

---Gives a proxy back at once, where waiting for the collector is too late.
---@param proxy polyplug.Proxy
function polyplug.release(proxy) end

return polyplug
