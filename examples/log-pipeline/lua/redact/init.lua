-- Hides what should not be in a log. The config holds one Lua pattern on each line.
local polyplug = require "polyplug"

local Redact = {}

function Redact.new(cx)
  local patterns = {}
  for pattern in cx.config:gmatch "[^\n]+" do
    -- A pattern that is none is found now, and not at the first record.
    ("").find("", pattern)
    patterns[#patterns + 1] = pattern
  end
  if #patterns == 0 then return nil, "the config holds no pattern" end
  return { patterns = patterns, metrics = cx:service "app.metrics@1" }
end

function Redact:apply(level, source, message)
  for _, pattern in ipairs(self.patterns) do
    local times
    message, times = message:gsub(pattern, "***")
    if times > 0 then self.metrics:count("redacted." .. source, times) end
  end
  return message
end

return polyplug.bundle { ["logs.filter@1"] = Redact }
