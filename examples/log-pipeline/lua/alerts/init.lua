-- Names the sources of several errors. The config is how many it takes.
local polyplug = require "polyplug"

local Alerts = {}

function Alerts.new(cx)
  local limit = tonumber(cx.config)
  if not limit then return nil, "the config is no number" end
  return { limit = limit, sources = {}, errors = {} }
end

function Alerts:write(time, level, source, message)
  if level ~= "error" then return end
  if not self.errors[source] then
    self.sources[#self.sources + 1] = source
    self.errors[source] = {}
  end
  table.insert(self.errors[source], time .. " " .. message)
end

function Alerts:finish()
  local lines = {}
  for _, source in ipairs(self.sources) do
    local errors = self.errors[source]
    if #errors >= self.limit then
      lines[#lines + 1] = ("%s: %d errors, the last one at %s"):format(source, #errors, errors[#errors])
    end
  end
  return table.concat(lines, "\n")
end

return polyplug.bundle { ["logs.sink@1"] = Alerts }
