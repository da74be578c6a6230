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
  return { patterns = patterns }
end

function Redact:keep() return true end

function Redact:rewrite(message)
  for _, pattern in ipairs(self.patterns) do
    message = message:gsub(pattern, "***")
  end
  return message
end

return polyplug.bundle { ["logs.filter@1"] = Redact }
